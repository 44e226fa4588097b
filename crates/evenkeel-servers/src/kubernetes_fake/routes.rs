use super::{Api, discovery, query::Query, status::Status, store::Page, watch::Watcher};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::{Arc, atomic::Ordering::Relaxed},
};

pub(super) type Answer = Response<BoxBody<Bytes, Infallible>>;

const SLICES: &str = "/apis/discovery.k8s.io/v1";

/// Answers one request.
pub(super) async fn answer(api: Arc<Api>, request: Request<Incoming>) -> Answer {
    match route(&api, request).await {
        Ok(answer) => answer,
        Err(status) => whole(status.code, &status.json()),
    }
}

fn whole(code: u16, json: &Value) -> Answer {
    let answer = Response::builder().status(code).header(header::CONTENT_TYPE, "application/json");
    answer.body(Full::new(Bytes::from(json.to_string())).boxed()).unwrap()
}

async fn route(api: &Arc<Api>, request: Request<Incoming>) -> Result<Answer, Status> {
    admit(api, &request)?;
    let (parts, body) = request.into_parts();
    let (path, query) = (parts.uri.path(), Query::parse(parts.uri.query().unwrap_or_default()));
    if let Some(document) = discovery::document(path) {
        return Ok(whole(200, &document));
    }
    let rest = path.strip_prefix(SLICES).unwrap_or_default();
    let names: Vec<_> = rest.split('/').skip(1).collect();
    let (namespace, name) = match names[..] {
        ["endpointslices"] => (None, None),
        ["namespaces", namespace, "endpointslices"] => (Some(namespace), None),
        ["namespaces", namespace, "endpointslices", name] => (Some(namespace), Some(name)),
        _ => return Err(Status::new(404, "NotFound", "the server could not find the requested resource")),
    };
    let body =
        body.collect().await.map_err(|error| Status::new(400, "BadRequest", error.to_string()))?.to_bytes();
    let content =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let done = match (parts.method, namespace, name) {
        (Method::GET, namespace, None) if query.is_true("watch") => {
            return watch(api, namespace, &query).await;
        }
        (Method::GET, namespace, None) => return list(api, namespace, &query),
        (Method::GET, Some(namespace), Some(name)) => api.store().get(namespace, name),
        (Method::POST, Some(namespace), None) => {
            let mut object = read(&body)?;
            object["metadata"]["namespace"] = json!(namespace);
            api.store().create(object)
        }
        (Method::PUT, Some(_), Some(_)) => api.store().replace(read(&body)?),
        (Method::PATCH, Some(namespace), Some(name)) => patch(api, namespace, name, content, &body),
        (Method::DELETE, Some(namespace), Some(name)) => api.store().delete(namespace, name),
        _ => Err(Status::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )),
    };
    let done = done?;
    api.news.send_replace(());
    Ok(whole(200, &done))
}

/// Who may ask.
fn admit(api: &Api, request: &Request<Incoming>) -> Result<(), Status> {
    let faults = api.faults();
    if let Some((code, message)) = faults.refuse {
        return Err(Status::new(code, "Refused", message));
    }
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match faults.token {
        Some(token) if given != Some(&format!("Bearer {token}")) => {
            Err(Status::new(401, "Unauthorized", "Unauthorized"))
        }
        _ => Ok(()),
    }
}

fn read(body: &[u8]) -> Result<Value, Status> {
    serde_json::from_slice(body).map_err(|error| Status::new(400, "BadRequest", error.to_string()))
}

fn list(api: &Arc<Api>, namespace: Option<&str>, query: &Query) -> Result<Answer, Status> {
    let faults = api.faults();
    let limit = query.number("limit").unwrap_or(usize::MAX).min(faults.page.unwrap_or(usize::MAX));
    let page = if let Some(token) = query.get("continue") {
        api.store().list_on(token, limit)?
    } else {
        api.counts.lists.fetch_add(1, Relaxed);
        api.store().list(&query.select(namespace), limit)
    };
    if faults.compact_after_first_page {
        api.faults.lock().unwrap().compact_after_first_page = false;
        api.store().compact();
    }
    Ok(whole(200, &as_list(page)))
}

/// The items of a list do not repeat what they are.
fn as_list(page: Page) -> Value {
    let mut metadata = json!({"resourceVersion": page.version.to_string()});
    if let Some((token, left)) = page.more {
        metadata["continue"] = json!(token);
        metadata["remainingItemCount"] = json!(left);
    }
    let bare = |mut item: Value| {
        let object = item.as_object_mut().unwrap();
        object.retain(|key, _| key != "kind" && key != "apiVersion");
        item
    };
    let items: Vec<_> = page.items.into_iter().map(bare).collect();
    json!({"kind": "EndpointSliceList", "apiVersion": "discovery.k8s.io/v1", "metadata": metadata, "items": items})
}

async fn watch(api: &Arc<Api>, namespace: Option<&str>, query: &Query) -> Result<Answer, Status> {
    api.counts.watches.fetch_add(1, Relaxed);
    let held = api.faults().watch_begins_after.unwrap_or_default();
    tokio::time::sleep(held).await;
    let watcher = Watcher::new(api, query.select(namespace), query)?;
    let lines = futures_util::stream::unfold(watcher, |mut watcher| async move {
        let line = watcher.next().await?;
        Some((Ok(Frame::data(line)), watcher))
    });
    let answer = Response::builder().header(header::CONTENT_TYPE, "application/json");
    Ok(answer.body(BodyExt::boxed(StreamBody::new(Box::pin(lines)))).unwrap())
}

/// RFC 7386, which is also what a strategic merge patch of a slice is: all its lists are atomic.
fn patch(api: &Api, namespace: &str, name: &str, content: &str, body: &[u8]) -> Result<Value, Status> {
    if !matches!(content, "application/merge-patch+json" | "application/strategic-merge-patch+json") {
        return Err(Status::new(415, "UnsupportedMediaType", format!("no patches of the kind {content:?}")));
    }
    let mut store = api.store();
    let mut object = store.get(namespace, name)?;
    merge(&mut object, read(body)?);
    store.replace(object)
}

fn merge(into: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *into = patch;
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(&key);
        } else {
            merge(&mut into[&key], value);
        }
    }
}
