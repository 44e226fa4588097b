use super::files;
use crate::KubernetesError;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use std::{fmt, path::PathBuf};

/// Who asks, in words of HTTP; a certificate is part of TLS. Never shown.
#[derive(Clone)]
pub(crate) enum Credentials {
    None,
    Token(String),
    /// Read for each request, for whoever replaces the token replaces the file.
    TokenFile(PathBuf),
    Password {
        user: String,
        password: String,
    },
}

impl Credentials {
    /// The value of the header `Authorization`, marked as a secret.
    pub(crate) async fn header(&self) -> Result<Option<HeaderValue>, KubernetesError> {
        let (from, text) = match self {
            Self::None => return Ok(None),
            Self::Token(token) => ("the token".to_owned(), format!("Bearer {token}")),
            Self::TokenFile(path) => {
                (path.display().to_string(), format!("Bearer {}", files::read_text(path).await?))
            }
            Self::Password { user, password } => {
                let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
                ("the password".to_owned(), format!("Basic {pair}"))
            }
        };
        // The error of the header says nothing of its value, and neither does this.
        let header = HeaderValue::from_str(&text).ok().filter(|_| !text.ends_with(' '));
        let mut header =
            header.ok_or_else(|| KubernetesError::config(from, "it is empty or has control characters"))?;
        header.set_sensitive(true);
        Ok(Some(header))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Token(_) => f.write_str("Token(***)"),
            Self::TokenFile(path) => write!(f, "TokenFile({path:?})"),
            Self::Password { .. } => f.write_str("Password(***)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_servers::Folder;

    #[tokio::test]
    async fn a_token_file_is_read_for_each_request() {
        let folder = Folder::new("token");
        let file = folder.file("token", "one\n");
        let credentials = Credentials::TokenFile(file);
        assert_eq!(credentials.header().await.unwrap().unwrap(), "Bearer one");
        folder.file("token", "two");
        assert_eq!(credentials.header().await.unwrap().unwrap(), "Bearer two");
        folder.file("token", "\n");
        let error = credentials.header().await.unwrap_err().to_string();
        assert!(error.contains("token: it is empty"), "{error}");
        folder.file("token", "se\u{7}cret");
        let error = credentials.header().await.unwrap_err().to_string();
        assert!(error.contains("control characters") && !error.contains("cret"), "{error}");
    }

    /// RFC 7617 section 2, its example.
    #[tokio::test]
    async fn a_password_is_basic_authentication() {
        let credentials =
            Credentials::Password { user: "Aladdin".to_owned(), password: "open sesame".to_owned() };
        assert_eq!(credentials.header().await.unwrap().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[tokio::test]
    async fn secrets_are_not_shown() {
        let token = Credentials::Token("s3cret".to_owned());
        let password = Credentials::Password { user: "me".to_owned(), password: "s3cret".to_owned() };
        let header = token.header().await.unwrap().unwrap();
        let shown = format!("{token:?} {password:?} {header:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
