//! What happens because time passes, and what holds time up.

use fanfold_core::limit::queue::Order;
use fanfold_core::{Effect, Fault, Handle, Health, LimiterId, Span, Time, Verdict};

use super::hold::Call;
use super::limiter::Pause;
use super::task::Phase;
use super::{Deadline, DueAt, Model, Sleeper};
use crate::turn::Due;

impl Deadline {
    /// None if it is never due.
    pub(super) fn at(at: Time, stamp: u64) -> Option<Self> {
        (at != Time::NEVER).then_some(Self { at, stamp })
    }
}

impl Model {
    /// The deadline that is next of all there are.
    pub(super) fn next_due(&self) -> Option<DueAt> {
        self.all_due().into_iter().min_by_key(|&(deadline, _)| deadline)
    }

    fn all_due(&self) -> Vec<DueAt> {
        let tasks = self.tasks.iter().filter_map(|task| {
            let due = if task.phase == Phase::Running { Due::Run } else { Due::Queue };
            task.due.map(|deadline| (deadline, due))
        });
        let pauses = self.limiters.iter().filter_map(|limiter| limiter.paused?.until);
        let graces = self.limiters.iter().filter_map(|limiter| limiter.grace);
        tasks
            .chain(pauses.map(|deadline| (deadline, Due::Pause)))
            .chain(graces.map(|deadline| (deadline, Due::Grace)))
            .chain(self.limiters.iter().filter_map(|limiter| Some((limiter.meter.due?, Due::Rate))))
            .chain(self.key_dues().map(|(deadline, _)| (deadline, Due::Key)))
            .chain(self.hold_backs().into_iter().map(|(deadline, _)| (deadline, Due::HoldBack)))
            .chain(self.half_opens().into_iter().map(|(deadline, _)| (deadline, Due::HalfOpen)))
            .chain(self.probe.map(|deadline| (deadline, Due::Probe)))
            .chain(self.sleeps().into_iter().map(|(deadline, _)| (deadline, Due::Sleep)))
            .collect()
    }

    /// When keys are to be looked at, and whether the host has to stay alive for that.
    fn key_dues(&self) -> impl Iterator<Item = (Deadline, bool)> {
        let keys = self.limiters.iter().filter_map(|limiter| limiter.keys.as_ref()).flat_map(|keys| &keys.list);
        keys.filter_map(|key| Some((key.meter.due?, key.holds)))
    }

    /// When someone has slept, and whether the host has to stay alive for that.
    fn sleeps(&self) -> Vec<(Deadline, bool)> {
        let sleepers = self.sleepers.iter().filter_map(|sleeper| Some((sleeper.until?, sleeper.holds)));
        let rests = self.calls.iter().filter_map(|call| call.rest);
        sleepers.chain(rests.filter_map(|rest| Some((rest.until?, rest.holds)))).collect()
    }

    /// When limiters are held back no longer, or the next place in a restart comes, and which they are.
    fn hold_backs(&self) -> Vec<(Deadline, LimiterId)> {
        let held = self.limiters.iter().filter_map(|limiter| Some((limiter.hold_back.as_ref()?.due?, limiter.id)));
        held.collect()
    }

    pub(super) fn expire_due(&mut self) {
        while let Some((deadline, due)) = self.next_due()
            && deadline.at <= self.now
        {
            self.expected.unsteady = true;
            match due {
                Due::Sleep => {
                    let over = self.sleepers.iter().find(|sleeper| sleeper.until == Some(deadline));
                    if let Some(handle) = over.map(|sleeper| sleeper.handle) {
                        self.rouse(handle);
                    }
                    let rested = |call: &&Call| call.rest.is_some_and(|rest| rest.until == Some(deadline));
                    if let Some(handle) = self.calls.iter().find(rested).map(|call| call.handle) {
                        self.get_up(handle);
                    }
                }
                Due::Rate => {
                    let ready = self.limiters.iter_mut().find(|limiter| limiter.meter.due == Some(deadline));
                    if let Some(limiter) = ready {
                        limiter.meter.due = None;
                    }
                }
                Due::Key => self.ring_key(deadline),
                Due::HalfOpen => {
                    let over = self.half_opens().into_iter().find(|&(due, _)| due == deadline);
                    if let Some((_, id)) = over {
                        self.tick_breaker(id);
                    }
                }
                Due::Probe => self.arm_probe(),
                Due::HoldBack => {
                    let over = self.hold_backs().into_iter().find(|&(due, _)| due == deadline);
                    if let Some((_, id)) = over {
                        self.ring_hold_back(id);
                    }
                }
                Due::Queue | Due::Run => {
                    let verdict = if due == Due::Run { Verdict::RunTimeout } else { Verdict::QueueTimeout };
                    let late = self.tasks.iter().find(|task| task.due == Some(deadline)).map(|task| task.uid);
                    if let Some(uid) = late {
                        self.task_mut(uid).due = None;
                        self.give_up(uid, verdict);
                    }
                }
                Due::Pause => {
                    let over =
                        self.limiters.iter().find(|limiter| limiter.paused == Some(Pause { until: Some(deadline) }));
                    if let Some(id) = over.map(|limiter| limiter.id) {
                        self.resume(id);
                    }
                }
                Due::Grace => {
                    let over = self.limiters.iter().find(|limiter| limiter.grace == Some(deadline));
                    if let Some(id) = over.map(|limiter| limiter.id) {
                        self.end_grace(id);
                    }
                }
            }
            self.settle_trees();
            self.notice_stuck();
        }
    }

    pub(super) fn sleep(&mut self, handle: Handle, span: Span, holds: bool) {
        if !self.is_free(handle) {
            return self.fault(Fault::HandleTaken, handle.bits());
        }
        let until = Deadline::at(self.now.after(span), self.next_stamp());
        self.sleepers.push(Sleeper { handle, until, holds });
    }

    pub(super) fn rouse(&mut self, handle: Handle) {
        self.sleepers.retain(|sleeper| sleeper.handle != handle);
        self.expected.wakes.push(Effect::Wake { waiter: handle });
    }

    /// Whether anything is due some day that is more than a sleep nobody has to stay alive for.
    pub(super) fn holds(&self) -> bool {
        let optional = self.sleeps().into_iter().chain(self.key_dues()).map(|(_, holds)| holds);
        let holding = self.hold_backs().into_iter().map(|(_, id)| self.holds_for(id));
        let never = self.half_opens().len() + usize::from(self.probe.is_some());
        let optional: Vec<bool> = optional.chain(holding).chain((0..never).map(|_| false)).collect();
        optional.contains(&true) || self.all_due().len() > optional.len()
    }

    pub(super) fn pause(&mut self, id: LimiterId, span: Span) {
        let until = Deadline::at(self.now.after(span), self.next_stamp());
        self.known(id).paused = Some(Pause { until });
        self.take_back(id);
        self.interrupt_flows(id);
        self.note_peak(id);
    }

    /// Takes the slots back from all who were not called yet, here and below.
    pub(super) fn take_back(&mut self, id: LimiterId) {
        let back = self.ready_below(id);
        self.retreat(&back);
    }

    /// Who has slots and was not called yet, here and below. The one that was ready last goes back first, so that the first
    /// is next in the end.
    pub(super) fn ready_below(&self, id: LimiterId) -> Vec<(u64, u64)> {
        let below = |uid: u64| self.is_within(self.task(uid).limiter, id);
        let mut back: Vec<(u64, u64)> = self.ready.iter().copied().filter(|&(_, uid)| below(uid)).collect();
        back.sort_unstable();
        back.reverse();
        back
    }

    /// Takes the slots back from these. Who might not have them again does not wait for that.
    pub(super) fn retreat(&mut self, back: &[(u64, u64)]) {
        let (misfits, back): (Vec<_>, Vec<_>) = back.iter().copied().partition(|&(_, uid)| self.is_misfit(uid));
        for (_, uid) in misfits {
            self.give_up(uid, Verdict::TooHeavy);
        }
        self.put_back(&back);
    }

    /// Takes the slots back from these, one after the other.
    pub(super) fn put_back(&mut self, back: &[(u64, u64)]) {
        self.ready.retain(|entry| !back.contains(entry));
        for &(_, uid) in back {
            self.task_mut(uid).phase = Phase::Waiting;
            if self.task(uid).slot_of.is_none() {
                self.unreserve(uid);
                self.report_to_breakers(uid, Health::Neutral);
                let own = self.task(uid).limiter;
                let limiter = self.known(own);
                let next = match limiter.options.order {
                    Order::Fifo | Order::Priority => 0,
                    Order::Lifo => limiter.queue.len(),
                };
                limiter.queue.insert(next, uid);
                self.note_peak(own);
            }
        }
    }

    pub(super) fn resume(&mut self, id: LimiterId) {
        if self.known(id).paused.take().is_none() {
            return;
        }
        self.advance_lines_below(id);
        while self.grant_one(id) {}
        self.settle(id);
    }
}
