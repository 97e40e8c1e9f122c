//! Buffers: scripts of pushes and pulls, on the engine and behind its mailbox, step by step beside a slow and simple model.

mod model;

use fanfold_core::buffer::{BufferOptions, Change, Event, Order, Value};
use fanfold_core::{Command, Effect, Engine, Handle};

use crate::boxed::Boxed;
use crate::turn::{Message, Subject, Turn};
use model::Model;

/// What happens to a buffer.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Somebody brings a value.
    Push {
        /// Units.
        weight: u8,
        /// The higher the sooner.
        rank: i8,
        /// Whether it stays until there is room.
        waits: bool,
    },
    /// Somebody wants a value, and waits.
    Pull,
    /// Somebody wants so many, and does not wait.
    Take(u8),
    /// Somebody waits for room.
    Room,
    /// One of those who wait, counted from the first seat on, goes.
    Leave(u8),
    /// The sink is closed.
    End,
    /// The consumer leaves.
    Abandon,
}

/// Plays a script twice, on the engine and through the mailbox.
///
/// # Errors
/// What differs from the model, and after which step.
pub fn play(options: &BufferOptions, steps: &[Step]) -> Result<(), String> {
    let mut direct = Engine::new();
    let mut boxed = Boxed::fresh();
    let buffer = Handle::from_bits(0);
    let mut player = Player::new(*options);
    let mut told = |commands: &[Command]| -> Result<Vec<Event>, String> {
        for &command in commands {
            direct.handle(command);
        }
        direct.end_turn(false);
        let effects: Vec<Effect> = core::iter::from_fn(|| direct.poll_effect()).collect();
        let messages = commands.iter().copied().map(Message::Command).collect();
        let outcome = boxed.turn(&Turn { now: fanfold_core::Time::ZERO, messages, may_start: false });
        if outcome.effects != effects {
            return Err(format!("{effects:?}, but through the mailbox {:?}", outcome.effects));
        }
        effects
            .into_iter()
            .map(|effect| {
                if let Effect::Buffer { buffer: of, event } = effect
                    && of == buffer
                {
                    Ok(event)
                } else {
                    Err(format!("{effect:?}"))
                }
            })
            .collect()
    };
    told(&[Command::Buffer { buffer, change: Change::Open(*options) }])?;
    for (nth, step) in steps.iter().enumerate() {
        let changes = player.changes(*step);
        let commands: Vec<Command> = changes.into_iter().map(|change| Command::Buffer { buffer, change }).collect();
        let events = told(&commands).map_err(|wrong| format!("step {nth}, {step:?}: {wrong}"))?;
        player.compare(&events).map_err(|wrong| format!("step {nth}, {step:?}: {wrong}"))?;
    }
    let freed = told(&[Command::Buffer { buffer, change: Change::Free }])?;
    if !freed.is_empty() || direct.tasks() != 0 {
        return Err(format!("{} left, told {freed:?}", direct.tasks()));
    }
    Ok(())
}

/// A host that keeps to the rules: it knows which seats are free, and counts where it is to.
struct Player {
    options: BufferOptions,
    model: Model,
    /// What the model says that the engine has to tell.
    expected: Vec<Event>,
    values: u32,
    untold: i64,
}

impl Player {
    fn new(options: BufferOptions) -> Self {
        Self { options, model: Model::new(options), expected: Vec::new(), values: 0, untold: 0 }
    }

    fn changes(&mut self, step: Step) -> Vec<Change> {
        let seat = self.model.free_seat();
        let mut changes = Vec::new();
        self.expected.clear();
        match step {
            Step::Push { weight, rank, waits } => {
                let slot = self.values;
                self.values += 1;
                let plain = self.options.counted;
                let weight = if plain { 1 } else { u32::from(weight % 4) };
                let rank = if self.options.order == Order::Priority { i32::from(rank % 3) } else { 0 };
                let value = Value { slot, weight, rank };
                let lent = plain && self.model.nobody_waits() && self.model.has_room() && self.model.is_open();
                self.expected = self.model.push(seat, value, waits);
                if lent {
                    // The host keeps that to itself.
                    self.untold += 1;
                    self.expected.retain(|event| *event != Event::Admit { seat });
                } else {
                    self.tell(&mut changes);
                    changes.push(Change::Push { seat, value, waits });
                }
            }
            Step::Take(count) if self.options.counted && self.model.stored() > 0 => {
                for _ in 0..count % 4 {
                    if self.model.stored() > 0 {
                        self.expected.extend(self.model.take(1));
                        self.untold -= 1;
                        self.tell(&mut changes);
                    }
                }
                self.expected.retain(|event| !matches!(event, Event::Give { .. }));
            }
            Step::Take(count) => {
                self.tell(&mut changes);
                changes.push(Change::Take { count: u32::from(count % 4) });
                self.expected = self.model.take(u32::from(count % 4));
            }
            Step::Pull => {
                self.tell(&mut changes);
                changes.push(Change::Pull { seat });
                self.expected = self.model.pull(seat);
            }
            Step::Room => {
                self.tell(&mut changes);
                changes.push(Change::AwaitRoom { seat });
                self.expected = self.model.await_room(seat);
            }
            Step::Leave(nth) => {
                if let Some(seat) = self.model.taken_seat(nth.into()) {
                    changes.push(Change::Leave { seat });
                    self.tell(&mut changes);
                    self.expected = self.model.leave(seat);
                }
            }
            Step::End => {
                self.tell(&mut changes);
                changes.push(Change::End);
                self.expected = self.model.end();
            }
            Step::Abandon => {
                self.tell(&mut changes);
                changes.push(Change::Abandon);
                self.expected = self.model.abandon();
            }
        }
        changes
    }

    /// What the host has counted itself.
    fn tell(&mut self, changes: &mut Vec<Change>) {
        let count = |count: i64| u32::try_from(count).unwrap_or(0);
        if self.untold != 0 {
            changes.push(Change::Moved { pushed: count(self.untold), pulled: count(-self.untold) });
            self.untold = 0;
        }
    }

    /// Who is given what has to come in order; of the rest it only matters that it comes.
    fn compare(&self, events: &[Event]) -> Result<(), String> {
        let expected: Vec<Event> = self.expected.iter().map(|event| self.without_slot(*event)).collect();
        let gives = |events: &[Event]| -> Vec<Event> {
            events.iter().copied().filter(|event| matches!(event, Event::Give { .. })).collect()
        };
        let sorted = |events: &[Event]| {
            let mut words: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
            words.sort();
            words
        };
        if gives(events) != gives(&expected) || sorted(events) != sorted(&expected) {
            return Err(format!("told {events:?}, expected {expected:?}"));
        }
        Ok(())
    }

    /// Where the host counts, values have no slots.
    fn without_slot(&self, event: Event) -> Event {
        match event {
            Event::Give { seat, slot } => Event::Give { seat, slot: slot.filter(|_| !self.options.counted) },
            Event::Drop { end, slot } => Event::Drop { end, slot: slot.filter(|_| !self.options.counted) },
            other => other,
        }
    }
}
