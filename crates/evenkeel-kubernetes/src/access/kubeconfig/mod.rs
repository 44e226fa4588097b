//! Kubeconfigs: the files in which kubectl keeps its clusters, users and contexts.

mod form;
mod read;
#[cfg(test)]
mod tests;

pub(super) use read::read;
