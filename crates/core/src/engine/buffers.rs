//! How buffers are entered and changed.

use alloc::boxed::Box;

use super::Engine;
use crate::buffer::{Buffer, BufferOptions, Change, Event};
use crate::effect::{Effect, Fault};
use crate::table::{Handle, State};

impl Engine {
    /// Lets a buffer take in what happened, and tells what follows. What makes no sense changes nothing.
    pub(super) fn change_buffer(&mut self, handle: Handle, change: Change) {
        if let Change::Open(options) = change {
            return self.open_buffer(handle, options);
        }
        let place = self.tasks.find(handle).filter(|entry| entry.state() == State::Buffer).map(|entry| entry.extra);
        let Some((place, buffer)) = place.and_then(|place| Some((place, self.buffers.get_mut(place)?))) else {
            return self.fault(Fault::UnknownBuffer, handle.bits());
        };
        let effects = &mut self.effects;
        let tell = &mut |event: Event| effects.push_back(Effect::Buffer { buffer: handle, event });
        let makes_sense = match change {
            Change::Push { seat, value, waits } => buffer.push(seat, value, waits, tell),
            Change::Pull { seat } => buffer.pull(seat, tell),
            Change::AwaitRoom { seat } => buffer.await_room(seat, tell),
            Change::Moved { pushed, pulled } => buffer.moved(pushed, pulled, tell),
            Change::Take { count } => {
                buffer.take(count, tell);
                true
            }
            Change::Leave { seat } => {
                buffer.leave(seat, tell);
                true
            }
            Change::End => {
                buffer.end(tell);
                true
            }
            Change::Abandon => {
                buffer.abandon(tell);
                true
            }
            Change::Open(_) | Change::Free => {
                self.buffers.remove(place);
                self.tasks.remove(handle.index());
                true
            }
        };
        if !makes_sense {
            self.fault(Fault::BadSeat, handle.bits());
        }
    }

    #[cold]
    fn open_buffer(&mut self, handle: Handle, options: BufferOptions) {
        if !self.enter(handle, 0, State::Buffer) {
            return;
        }
        let place = self.buffers.insert(Box::new(Buffer::new(options)));
        if let Some(entry) = self.tasks.get_mut(handle.index()) {
            // As with a group, the place for an extra says where the buffer is.
            entry.extra = place;
        }
    }
}
