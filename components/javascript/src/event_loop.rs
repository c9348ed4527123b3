//! Ticks, timers, immediates and what else is to be called later.
//!
//! Source of the order: <https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick>.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use boa_engine::object::JsObject;
use boa_engine::{Context, JsResult, JsValue};

use crate::host::Host;
use crate::platform::{self, Wake};
use crate::report;

/// A call that waits for its turn.
#[derive(Debug, Clone)]
pub struct Task {
    /// What is called.
    pub function: JsObject,
    /// With which `this`.
    pub this: JsValue,
    /// With which arguments.
    pub args: Vec<JsValue>,
}

impl Task {
    fn call(&self, context: &mut Context) -> JsResult<()> {
        self.function
            .call(&self.this, &self.args, context)
            .map(drop)
    }
}

/// A timeout or an interval.
#[derive(Debug)]
pub struct Timer {
    /// By which scripts may name it.
    pub id: u64,
    /// Milliseconds, at least 1.
    pub delay: u64,
    /// Whether it starts again.
    pub repeats: bool,
    /// Whether it keeps the program alive.
    pub holds: Cell<bool>,
    /// Milliseconds of the loop's clock.
    started: Cell<u64>,
    /// Counts starts: an entry of an earlier start is stale.
    generation: Cell<u64>,
    cancelled: Cell<bool>,
}

/// A `setImmediate`.
#[derive(Debug)]
pub struct Immediate {
    /// Whether it keeps the program alive.
    pub holds: Cell<bool>,
    cancelled: Cell<bool>,
}

/// A start of a timer.
#[derive(Debug)]
struct Start {
    timer: Rc<Timer>,
    generation: u64,
    task: Task,
}

/// Timers of one delay, in the order of their starts. All of a list that are due
/// run together, as in Node.
#[derive(Debug, Default)]
struct List {
    expiry: u64,
    entries: VecDeque<Start>,
}

/// The queues of a run.
#[derive(Debug)]
pub struct EventLoop {
    ticks: RefCell<VecDeque<Task>>,
    lists: RefCell<BTreeMap<u64, List>>,
    immediates: RefCell<VecDeque<(Rc<Immediate>, Task)>>,
    /// Results of file operations, each with the round of its request.
    completions: RefCell<VecDeque<(u64, Task)>>,
    /// How often the loop has gone round.
    round: Cell<u64>,
    /// Who waits for standard input.
    reader: RefCell<Option<Task>>,
    origin: Instant,
    /// Milliseconds that the clock of timers is ahead.
    lead: Cell<u64>,
    next_id: Cell<u64>,
}

impl Default for EventLoop {
    fn default() -> Self {
        Self {
            ticks: RefCell::default(),
            lists: RefCell::default(),
            immediates: RefCell::default(),
            completions: RefCell::default(),
            round: Cell::new(0),
            reader: RefCell::default(),
            origin: Instant::now(),
            lead: Cell::new(0),
            next_id: Cell::new(1),
        }
    }
}

impl EventLoop {
    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX) + self.lead.get()
    }

    /// `process.nextTick`.
    pub fn tick(&self, task: Task) {
        self.ticks.borrow_mut().push_back(task);
    }

    /// Calls `task` after a whole round, as the end of a file operation: as if the work
    /// were done elsewhere meanwhile.
    pub fn complete(&self, task: Task) {
        self.completions
            .borrow_mut()
            .push_back((self.round.get(), task));
    }

    /// The next file operation that has ended.
    fn completed(&self) -> Option<Task> {
        let mut completions = self.completions.borrow_mut();
        let ended = completions
            .front()
            .is_some_and(|(asked, _)| asked + 1 < self.round.get());
        if ended {
            completions.pop_front().map(|(_, task)| task)
        } else {
            None
        }
    }

    /// `setImmediate`.
    pub fn immediate(&self, immediate: &Rc<Immediate>, task: Task) {
        self.immediates
            .borrow_mut()
            .push_back((Rc::clone(immediate), task));
    }

    /// A timer that has yet to be started.
    pub fn timer(&self, delay: u64, repeats: bool) -> Rc<Timer> {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        Rc::new(Timer {
            id,
            delay: delay.max(1),
            repeats,
            holds: Cell::new(true),
            started: Cell::new(0),
            generation: Cell::new(0),
            cancelled: Cell::new(false),
        })
    }

    /// Starts a timer, anew if it ran. A cancelled one stays still.
    pub fn start(&self, timer: &Rc<Timer>, task: Task) {
        if timer.cancelled.get() {
            return;
        }
        let now = self.now();
        let generation = timer.generation.get() + 1;
        timer.started.set(now);
        timer.generation.set(generation);
        let mut lists = self.lists.borrow_mut();
        let list = lists.entry(timer.delay).or_default();
        if list.entries.is_empty() {
            list.expiry = now + timer.delay;
        }
        list.entries.push_back(Start {
            timer: Rc::clone(timer),
            generation,
            task,
        });
    }

    /// `clearTimeout`.
    pub fn cancel(&self, timer: &Rc<Timer>) {
        timer.cancelled.set(true);
        timer.generation.set(timer.generation.get() + 1);
        let mut lists = self.lists.borrow_mut();
        if let Some(list) = lists.get_mut(&timer.delay) {
            list.entries
                .retain(|start| !Rc::ptr_eq(&start.timer, timer));
            if list.entries.is_empty() {
                lists.remove(&timer.delay);
            }
        }
    }

    /// The timer that a script names by its number.
    pub fn timer_of(&self, id: u64) -> Option<Rc<Timer>> {
        let lists = self.lists.borrow();
        let mut all = lists.values().flat_map(|list| &list.entries);
        all.find(|start| start.timer.id == id)
            .map(|start| Rc::clone(&start.timer))
    }

    /// Calls `task` once standard input has something, or its end, to read.
    pub fn await_input(&self, task: Task) {
        self.reader.replace(Some(task));
    }

    /// Waits for input no longer.
    pub fn forget_input(&self) {
        self.reader.replace(None);
    }

    /// Whether anything keeps the program alive.
    pub fn is_alive(&self) -> bool {
        self.reader.borrow().is_some()
            || !self.completions.borrow().is_empty()
            || self
                .immediates
                .borrow()
                .iter()
                .any(|(immediate, _)| immediate.holds())
            || self.has_holding_timer()
    }

    fn has_holding_timer(&self) -> bool {
        let lists = self.lists.borrow();
        lists
            .values()
            .flat_map(|list| &list.entries)
            .any(|start| start.timer.holds.get())
    }

    /// The delay of the list that is due first, and when.
    fn first_list(&self) -> Option<(u64, u64)> {
        let lists = self.lists.borrow();
        lists
            .iter()
            .map(|(delay, list)| (list.expiry, *delay))
            .min()
    }

    /// The next due timer of the list of `delay`.
    fn due(&self, delay: u64, now: u64) -> Option<Start> {
        let mut lists = self.lists.borrow_mut();
        let list = lists.get_mut(&delay)?;
        loop {
            let Some(start) = list.entries.front() else {
                lists.remove(&delay);
                return None;
            };
            if start.generation != start.timer.generation.get() {
                list.entries.pop_front();
                continue;
            }
            let expiry = start.timer.started.get() + delay;
            if expiry > now {
                list.expiry = expiry;
                return None;
            }
            return list.entries.pop_front();
        }
    }
}

impl Immediate {
    /// One that is yet to be called.
    pub fn new() -> Self {
        Self {
            holds: Cell::new(true),
            cancelled: Cell::new(false),
        }
    }

    /// `clearImmediate`.
    pub fn cancel(&self) {
        self.cancelled.set(true);
    }

    fn holds(&self) -> bool {
        self.holds.get() && !self.cancelled.get()
    }
}

/// Runs until nothing is left to do.
pub fn run(context: &mut Context) {
    let host = Host::of(context);
    let queues = &host.event_loop;
    // A timeout of 0 is one of 1 ms. It is due in the first round, so that the order
    // of timeouts and immediates does not depend on the machine's speed.
    queues.lead.set(1);
    while queues.is_alive() {
        queues.round.set(queues.round.get() + 1);
        run_timers(queues, context);
        while let Some(task) = queues.completed() {
            call(&task, context);
        }
        run_input(queues, context);
        for (immediate, task) in queues.immediates.take() {
            if !immediate.cancelled.get() {
                immediate.cancel();
                call(&task, context);
            }
        }
    }
}

fn run_timers(queues: &EventLoop, context: &mut Context) {
    let mut now = queues.now();
    loop {
        let Some((expiry, delay)) = queues.first_list() else {
            return;
        };
        if expiry > now {
            // Time went by while the others ran.
            now = queues.now();
            if expiry > now {
                return;
            }
        }
        while let Some(start) = queues.due(delay, now) {
            call(&start.task, context);
            // Unless it was cleared or started again meanwhile.
            if start.timer.repeats && start.timer.generation.get() == start.generation {
                queues.start(&start.timer, start.task);
            }
        }
    }
}

/// Waits for input or the next timer, whichever comes first, if there is nothing else to do.
fn run_input(queues: &EventLoop, context: &mut Context) {
    let busy = !queues.immediates.borrow().is_empty() || !queues.completions.borrow().is_empty();
    let reading = queues.reader.borrow().is_some();
    let timeout = if busy {
        Some(Duration::ZERO)
    } else {
        let first = queues
            .first_list()
            .filter(|_| reading || queues.has_holding_timer());
        first.map(|(expiry, _)| Duration::from_millis(expiry.saturating_sub(queues.now())))
    };
    if !reading && timeout.is_none_or(|timeout| timeout.is_zero()) {
        return;
    }
    Host::of(context).output.flush();
    if platform::wait(reading, timeout) == Wake::Input {
        let reader = queues.reader.take();
        if let Some(task) = reader {
            call(&task, context);
        }
    }
}

/// Makes one call of the event loop, and runs what it leaves in the queues.
pub fn call(task: &Task, context: &mut Context) {
    let result = task.call(context);
    settle(result, context);
}

/// Ends a piece of the program: reports what it threw, then runs ticks and microtasks.
pub fn settle(result: JsResult<()>, context: &mut Context) {
    if let Err(error) = result {
        report::uncaught(error, context);
    }
    drain(context);
}

/// Runs ticks and microtasks until there are none, then looks at unhandled rejections.
pub fn drain(context: &mut Context) {
    let host = Host::of(context);
    let ticks = &host.event_loop.ticks;
    loop {
        if ticks.borrow().is_empty() {
            microtasks(context);
        }
        loop {
            let task = ticks.borrow_mut().pop_front();
            if let Some(task) = task {
                if let Err(error) = task.call(context) {
                    report::uncaught(error, context);
                }
                continue;
            }
            microtasks(context);
            if ticks.borrow().is_empty() {
                break;
            }
        }
        if !report::rejections(context) && ticks.borrow().is_empty() {
            return;
        }
    }
}

fn microtasks(context: &mut Context) {
    while let Err(error) = context.run_jobs() {
        report::uncaught(error, context);
    }
}
