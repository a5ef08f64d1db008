package dev.rapt.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Work-stealing thread pool on which kernels run, with as many threads as cores, the caller
 * included. A job consists of tasks. Each thread starts with its own share of the tasks, the same
 * part of every job, so its cache still holds what it wrote in the previous job. A thread that has
 * finished its share steals tasks from the end of other shares. Any thread may therefore run a
 * task, and results must not depend on which one does.
 *
 * <p>One job runs at a time. A job submitted from inside a task runs on the submitting thread
 * alone; one submitted by a second thread while another is running does the same, so many requests
 * can be served in parallel without waiting for each other.
 */
public final class Workers {
  /** Tasks [from, to) of a job. */
  @FunctionalInterface
  public interface Task {
    void run(int index);
  }

  /**
   * How long an idle worker spins, waiting for the next job, before it sleeps. Jobs of a training
   * step follow each other within microseconds. Waking a sleeping thread takes about 50
   * microseconds, 30 of them on the thread that wakes it.
   */
  private static final long SPIN_NANOS = 200_000;

  private static final Workers SHARED =
      new Workers(Integer.getInteger("rapt.threads", Runtime.getRuntime().availableProcessors()));

  private final int numThreads;
  private final Worker[] workers;
  private final AtomicLong jobNumbers = new AtomicLong();
  private final AtomicReference<@Nullable Job> current = new AtomicReference<>();

  private static final ThreadLocal<Boolean> INSIDE_TASK = ThreadLocal.withInitial(() -> false);

  private Workers(int numThreads) {
    if (numThreads < 1) {
      throw new IllegalArgumentException("rapt.threads: must be at least 1, got " + numThreads);
    }
    this.numThreads = numThreads;
    this.workers = new Worker[numThreads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].thread.start();
    }
  }

  /** The pool of this process; its size is the number of cores or the property rapt.threads. */
  public static Workers shared() {
    return SHARED;
  }

  /** Number of threads that work on a job, the caller included. */
  public int numThreads() {
    return numThreads;
  }

  /**
   * Runs tasks 0 to count - 1 and returns when all are done. If a task throws, all others still
   * run, and this method then throws the first exception.
   */
  public void run(int count, Task task) {
    int shares = count == 1 || INSIDE_TASK.get() ? 1 : Math.min(count, numThreads);
    Job job = new Job(jobNumbers.incrementAndGet(), count, shares, task);
    if (shares <= 1 || !current.compareAndSet(null, job)) {
      job.help(0);
      job.rethrow();
      return;
    }
    wakeSleeping(Math.min(workers.length, count - 1));
    INSIDE_TASK.set(true);
    try {
      job.help(0);
    } finally {
      INSIDE_TASK.set(false);
    }
    job.awaitEnd();
    current.set(null);
    job.rethrow();
  }

  /**
   * Wakes those of the first {@code numWorkers} workers that sleep; the others are spinning
   * already.
   */
  private void wakeSleeping(int numWorkers) {
    for (int i = 0; i < numWorkers; i++) {
      if (workers[i].parked) {
        LockSupport.unpark(workers[i].thread);
      }
    }
  }

  /**
   * Divides [0, n) into ranges of at least {@code grain} and runs them; the ranges depend only on n
   * and the grain.
   */
  public void forRange(long n, long grain, RangeTask task) {
    if (n <= 0) {
      return;
    }
    long chunks = Math.max(1, Math.min(n / Math.max(1, grain), MAX_CHUNKS));
    run((int) chunks, i -> task.run(n * i / chunks, n * (i + 1) / chunks));
  }

  /** Work on elements or rows [from, to). */
  @FunctionalInterface
  public interface RangeTask {
    void run(long from, long to);
  }

  /**
   * Largest number of ranges: more than any machine has cores, so that it never depends on the
   * machine.
   */
  private static final long MAX_CHUNKS = 512;

  private void work(Worker worker) {
    INSIDE_TASK.set(true);
    long lastJob = 0;
    long idleSince = System.nanoTime();
    while (true) {
      Job job = current.get();
      if (job != null && job.number != lastJob) {
        lastJob = job.number;
        job.help(worker.number);
        idleSince = System.nanoTime();
      } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        sleep(worker, lastJob);
        idleSince = System.nanoTime();
      }
    }
  }

  /** Sleeps until woken, unless a job was submitted before the parked flag was set. */
  private void sleep(Worker worker, long lastJob) {
    worker.parked = true;
    Job job = current.get();
    if (job == null || job.number == lastJob) {
      LockSupport.park(this);
    }
    worker.parked = false;
  }

  /** A thread of the pool, and whether it sleeps and has to be woken. */
  private final class Worker {
    private final int number;
    private final Thread thread;
    private volatile boolean parked;

    Worker(int number) {
      this.number = number;
      thread =
          Thread.ofPlatform().name("rapt-worker-" + number).daemon().unstarted(() -> work(this));
    }
  }

  private static final class Job {
    /**
     * Distance between shares, which puts each into its own cache line, since threads write them
     * often.
     */
    private static final int STRIDE = 16;

    private final long number;
    private final int count;
    private final Task task;

    /**
     * Open tasks of each share, which no thread has taken yet: the first, and one past the last.
     */
    private final AtomicLongArray open;

    private final int shares;
    private final AtomicInteger done = new AtomicInteger();
    private final Thread owner = Thread.currentThread();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(long number, int count, int shares, Task task) {
      this.number = number;
      this.count = count;
      this.task = task;
      this.shares = shares;
      this.open = new AtomicLongArray(shares * STRIDE);
      for (int i = 0; i < shares; i++) {
        long from = (long) count * i / shares, to = (long) count * (i + 1) / shares;
        open.setPlain(i * STRIDE, range(from, to));
      }
    }

    private static long range(long from, long to) {
      return from << 32 | to;
    }

    /**
     * Runs the remaining tasks of the thread's own share, then steals from the following shares.
     */
    void help(int thread) {
      int ran = 0;
      for (int i = 0; i < shares; i++) {
        int share = (thread + i) % shares;
        for (int task = take(share, i == 0); task >= 0; task = take(share, i == 0)) {
          run(task);
          ran++;
        }
      }
      if (ran > 0 && done.addAndGet(ran) == count) {
        LockSupport.unpark(owner);
      }
    }

    /** Takes a task of a share, its first or its last; -1 if none is left. */
    private int take(int share, boolean first) {
      while (true) {
        long range = open.get(share * STRIDE);
        int from = (int) (range >>> 32), to = (int) range;
        if (from >= to) {
          return -1;
        }
        long rest = first ? range(from + 1, to) : range(from, to - 1);
        if (open.compareAndSet(share * STRIDE, range, rest)) {
          return first ? from : to - 1;
        }
      }
    }

    private void run(int index) {
      try {
        task.run(index);
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      }
    }

    void awaitEnd() {
      long start = System.nanoTime();
      while (done.get() < count) {
        if (System.nanoTime() - start < SPIN_NANOS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
    }

    void rethrow() {
      Throwable thrown = failure.get();
      if (thrown instanceof RuntimeException e) {
        throw e;
      }
      if (thrown instanceof Error e) {
        throw e;
      }
      if (thrown != null) {
        throw new IllegalStateException(thrown); // Task.run declares no checked exception
      }
    }
  }
}
