use crate::KubernetesError;
use std::{io, path::Path};
use tokio::{fs::File, io::AsyncReadExt};

/// The largest file that is read, in bytes: kubeconfigs of hundreds of clusters fit.
const LARGEST: u64 = 4 << 20;

/// The bytes of a file.
pub(super) async fn read(path: &Path) -> Result<Vec<u8>, KubernetesError> {
    let failed = |error| KubernetesError::File { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).await.map_err(failed)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 4 MiB")));
    }
    Ok(bytes)
}

/// The text of a file, without white space around it.
pub(super) async fn read_text(path: &Path) -> Result<String, KubernetesError> {
    let bytes = read(path).await?;
    let text = std::str::from_utf8(&bytes).map_err(|_| KubernetesError::File {
        path: path.to_owned(),
        error: io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"),
    })?;
    Ok(text.trim().to_owned())
}
