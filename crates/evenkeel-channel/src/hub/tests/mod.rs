//! The hub against a small world: peers that accept, refuse or hang, and a clock moved by hand.

mod histories;
mod health;
mod sets;
mod world;
