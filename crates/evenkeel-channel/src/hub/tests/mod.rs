//! The hub against a small world: peers that accept, refuse or hang, and a clock moved by hand.

mod health;
mod histories;
mod sets;
mod tiers;
mod world;
