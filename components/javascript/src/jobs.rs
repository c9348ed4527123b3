//! Microtasks: the jobs of promises.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use boa_engine::builtins::promise::PromiseState;
use boa_engine::job::{Job, JobExecutor, NativeAsyncJob};
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsResult};

/// The queue of microtasks, run to its end between any two tasks of the event loop.
#[derive(Debug, Default)]
pub struct Microtasks {
    queue: RefCell<VecDeque<Job>>,
}

impl Microtasks {
    /// Runs what has been queued for `promise` while the rest of the queue waits.
    ///
    /// # Errors
    /// As [`JobExecutor::run_jobs`].
    pub fn run_apart(self: Rc<Self>, promise: &JsPromise, context: &mut Context) -> JsResult<()> {
        // What the promise needs was queued last.
        let mut others = self.queue.take();
        let own = others
            .iter()
            .rposition(|job| !matches!(job, Job::AsyncJob(_)));
        let own = others.split_off(own.map_or(0, |last| last + 1));
        self.queue.replace(own);
        let result = Rc::clone(&self).run_jobs(context);
        debug_assert!(
            !matches!(promise.state(), PromiseState::Pending),
            "loading never waits"
        );
        let late = self.queue.replace(others);
        self.queue.borrow_mut().extend(late);
        result
    }
}

impl JobExecutor for Microtasks {
    fn enqueue_job(self: Rc<Self>, job: Job, _: &mut Context) {
        // Nothing observable comes of a cleanup of finalisation registries, and Node
        // promises none before the program ends.
        if !matches!(job, Job::FinalizationRegistryCleanupJob(_)) {
            self.queue.borrow_mut().push_back(job);
        }
    }

    fn run_jobs(self: Rc<Self>, context: &mut Context) -> JsResult<()> {
        loop {
            let job = self.queue.borrow_mut().pop_front();
            match job {
                None => break,
                Some(Job::PromiseJob(job)) => job.call(context)?,
                Some(Job::GenericJob(job)) => job.call(context)?,
                Some(Job::AsyncJob(job)) => run_to_end(job, context)?,
                // Only `Atomics.waitAsync` makes timeouts of this kind, which needs a
                // second thread to be of use.
                Some(_) => continue,
            };
        }
        context.clear_kept_objects();
        Ok(())
    }
}

/// Runs a job that is written as a future. Ours never wait: modules are read synchronously.
fn run_to_end(job: NativeAsyncJob, context: &mut Context) -> JsResult<boa_engine::JsValue> {
    let shared = RefCell::new(context);
    let mut future = pin!(job.call(&shared));
    let mut task = std::task::Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut task) {
            return result;
        }
    }
}
