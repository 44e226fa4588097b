/// One period of nginx's smooth weighted round robin (`ngx_http_upstream_round_robin.c`): every turn adds its weight to each
/// member's current value, the greatest value has the turn, the first in the list among equals, and pays the sum of all weights.
///
/// `weights` sum to at most 2^16, so that places fit. Members of one weight go through the same values, and the first in the list
/// wins: so they take turns, and only the next one of each distinct weight can have the turn. There are at most 90 distinct
/// weights in a sum of 4,096, so this takes 90 * 4,096 steps at most, where comparing all members would take 4,096 * 4,096.
pub(super) fn smooth(weights: &[u64]) -> Box<[u16]> {
    let period: u64 = weights.iter().sum();
    let mut alike = classes(weights);
    (1..=period)
        .map(|turn| {
            let next = |class: &Class| (class.current(turn, period), std::cmp::Reverse(class.head()));
            let Some(winner) = alike.iter_mut().max_by_key(|class| next(class)) else { return 0 };
            let head = winner.head();
            winner.turns += 1;
            head
        })
        .collect()
}

/// Members of one weight.
struct Class {
    weight: u64,
    /// In the order of the list.
    members: Vec<u16>,
    turns: usize,
}

impl Class {
    /// Whose turn it is among them.
    fn head(&self) -> u16 {
        self.members[self.turns % self.members.len()]
    }

    /// The current value of that member in this turn.
    fn current(&self, turn: u64, period: u64) -> i64 {
        let had = (self.turns / self.members.len()) as u64;
        (turn * self.weight).cast_signed() - (had * period).cast_signed()
    }
}

fn classes(weights: &[u64]) -> Vec<Class> {
    let mut alike: Vec<Class> = Vec::new();
    for (place, weight) in (0..=u16::MAX).zip(weights) {
        match alike.iter_mut().find(|class| class.weight == *weight) {
            Some(class) => class.members.push(place),
            None => alike.push(Class { weight: *weight, members: vec![place], turns: 0 }),
        }
    }
    alike
}
