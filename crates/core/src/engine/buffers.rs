//! How buffers are entered and changed.

use alloc::boxed::Box;

use super::Engine;
use crate::buffer::{Buffer, BufferOptions, Event};
use crate::effect::{Effect, Fault};
use crate::table::{Handle, State};

impl Engine {
    /// Enters a buffer.
    #[cold]
    pub(super) fn open_buffer(&mut self, handle: Handle, options: &BufferOptions) {
        if !self.enter(handle, 0, State::Buffer) {
            return;
        }
        let place = self.buffers.insert(Box::new(Buffer::new(options)));
        if let Some(entry) = self.tasks.get_mut(handle.index()) {
            // As with a group, the place for an extra says where the buffer is.
            entry.extra = place;
        }
    }

    /// Forgets a buffer, and all who wait for it.
    #[cold]
    pub(super) fn free_buffer(&mut self, handle: Handle) {
        match self.buffer_place(handle) {
            Some(place) => {
                self.buffers.remove(place);
                self.tasks.remove(handle.index());
            }
            None => self.fault(Fault::UnknownBuffer, handle.bits()),
        }
    }

    /// Lets a buffer take in what happened, and tells what follows. What makes no sense changes nothing.
    pub(super) fn change_buffer(
        &mut self,
        handle: Handle,
        change: impl FnOnce(&mut Buffer, &mut dyn FnMut(Event)) -> bool,
    ) {
        let place = self.buffer_place(handle);
        let Some(buffer) = place.and_then(|place| self.buffers.get_mut(place)) else {
            return self.fault(Fault::UnknownBuffer, handle.bits());
        };
        let effects = &mut self.effects;
        let made_sense = change(buffer, &mut |event| effects.push_back(Effect::Buffer { buffer: handle, event }));
        if !made_sense {
            self.fault(Fault::BadSeat, handle.bits());
        }
    }

    fn buffer_place(&self, handle: Handle) -> Option<u32> {
        self.tasks.find(handle).filter(|entry| entry.state() == State::Buffer).map(|entry| entry.extra)
    }
}
