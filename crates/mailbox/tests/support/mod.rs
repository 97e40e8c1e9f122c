//! A host that speaks in words.

use fanfold_mailbox::layout::{COMMANDS_AT, EFFECTS_AT, effect_of, header};
use fanfold_mailbox::{Mailbox, WORDS};

/// A mailbox with its block.
pub(crate) struct Host {
    pub(crate) mailbox: Mailbox,
    pub(crate) block: Vec<u32>,
}

pub(crate) fn halves(wide: u64) -> [u32; 2] {
    [wide & u64::from(u32::MAX), wide >> 32].map(|half| u32::try_from(half).expect("half"))
}

#[allow(dead_code, reason = "no test needs all of it")]
impl Host {
    pub(crate) fn new() -> Self {
        Self { mailbox: Mailbox::new(), block: vec![0; WORDS] }
    }

    /// One ring of the doorbell; its effects, each with its words.
    pub(crate) fn ring(&mut self, commands: &[u32], may_start: bool) -> Vec<Vec<u32>> {
        self.block[COMMANDS_AT..COMMANDS_AT + commands.len()].copy_from_slice(commands);
        self.block[header::COMMANDS] = u32::try_from(commands.len()).expect("short");
        self.block[header::STARTS] = u32::from(may_start);
        self.mailbox.turn(&mut self.block);
        let mut words = &self.block[EFFECTS_AT..EFFECTS_AT + self.block[header::EFFECTS] as usize];
        let mut effects = Vec::new();
        while let Some(first) = words.first() {
            let (own, rest) = words.split_at(effect_of(first & 0xff).expect("an effect").words);
            effects.push(own.to_vec());
            words = rest;
        }
        effects
    }

    pub(crate) fn at(&mut self, millis: f64) {
        let [low, high] = halves(millis.to_bits());
        self.block[header::NOW] = low;
        self.block[header::NOW + 1] = high;
    }

    pub(crate) fn float(&self, at: usize) -> f64 {
        f64::from_bits(u64::from(self.block[at]) | (u64::from(self.block[at + 1]) << 32))
    }
}
