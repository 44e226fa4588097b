use super::{
    MethodConfig,
    reader::{Item, Reader},
};
use serde_json::Value;
use std::collections::HashMap;

/// The method configs, to be found by a call's path.
#[derive(Debug, Default)]
pub(super) struct Methods {
    configs: Vec<MethodConfig>,
    /// The place in `configs` by `service/method`, and by `service/` for all of a service.
    by_name: HashMap<Box<str>, usize>,
    /// The place of the one for all.
    default: Option<usize>,
}

impl Methods {
    #[inline]
    pub(super) fn find(&self, path: &str) -> Option<&MethodConfig> {
        if self.configs.is_empty() {
            return None;
        }
        self.configs.get(self.named(path).or(self.default)?)
    }

    fn named(&self, path: &str) -> Option<usize> {
        let name = path.strip_prefix('/').unwrap_or(path);
        let of_service = |slash: usize| self.by_name.get(&name[..=slash]);
        self.by_name.get(name).or_else(|| name.rfind('/').and_then(of_service)).copied()
    }

    pub(super) fn read(config: &Reader<'_>) -> Self {
        let mut all = Self::default();
        for object in config.list("methodConfig").into_iter().flatten().filter_map(|item| item.object()) {
            let place = all.configs.len();
            all.configs.push(MethodConfig::read(&object));
            for name in object.list("name").into_iter().flatten() {
                all.name(&name, place);
            }
        }
        all
    }

    /// Gives the config at `place` a name.
    fn name(&mut self, item: &Item<'_>, place: usize) {
        let Some(name) = item.object().and_then(|object| name(&object, item)) else { return };
        let taken = match &*name {
            "" => self.default.replace(place),
            _ => self.by_name.insert(name.into(), place),
        };
        if taken.is_some() {
            item.refuse("this name is in the config already", "each name once");
        }
    }
}

/// `service/method`, `service/`, or nothing for all methods of all services.
fn name(object: &Reader<'_>, item: &Item<'_>) -> Option<String> {
    let text = |field| {
        object.read(field, "a text", Value::as_str).or_else(|| object.get(field).is_none().then_some(""))
    };
    let (service, method) = (text("service"), text("method"));
    match (service?, method?) {
        ("", "") => Some(String::new()),
        ("", _) => {
            item.refuse("a method without its service", "a service, or neither");
            None
        }
        (service, method) => Some(format!("{service}/{method}")),
    }
}
