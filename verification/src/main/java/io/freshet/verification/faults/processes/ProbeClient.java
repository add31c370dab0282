package io.freshet.verification.faults.processes;

import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoringGrpc;
import io.freshet.v1.Subject;
import io.freshet.verification.faults.log.SkewedLog;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Asks a scorer five times a second, and counts answers, and silence where there should be none. */
public final class ProbeClient implements AutoCloseable {
    /** A scorer that starts is given this long before it must answer. */
    private static final long GRACE_MILLIS = 60_000;

    /** A call that takes longer counts as one without an answer: much more than any needs, on a busy machine too. */
    private static final long PATIENCE_SECONDS = 8;

    /** Age of the state from which an answer must say that it is stale. */
    private static final long STALE_MILLIS = 30_000;

    private final ManagedChannel channel;
    private final Thread thread;
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong marked = new AtomicLong();
    private final AtomicLong unanswered = new AtomicLong();
    private final AtomicLong unflagged = new AtomicLong();
    private final AtomicLong tick = new AtomicLong(-1);
    private final AtomicLong highest = new AtomicLong(-1);
    private volatile long longestGapNanos;
    private long lastAnswer;
    private volatile boolean stopped;
    /** Whether silence counts; an answer makes it so. */
    private volatile boolean awake;

    private volatile boolean silenceExpected = true;
    private volatile long since = System.nanoTime();

    public ProbeClient(int port) {
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        thread = new Thread(this::ask, "prober");
        thread.setDaemon(true);
        thread.start();
    }

    private void ask() {
        while (!stopped) {
            boolean counts = !silenceExpected && awake;
            long asked = System.nanoTime();
            try {
                RecommendReply reply = ScoringGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .recommend(RecommendRequest.newBuilder()
                                .setSubject(Subject.newBuilder().setUserId(SkewedLog.HOT_USER))
                                .setK(5)
                                .build());
                answers.incrementAndGet();
                boolean flagged = reply.getInfo().getDegradedList().contains("STALE_STATE");
                marked.addAndGet(flagged ? 1 : 0);
                unflagged.addAndGet(!flagged && reply.getInfo().getStateAgeMs() > STALE_MILLIS ? 1 : 0);
                tick.set(reply.getInfo().getTick());
                highest.accumulateAndGet(reply.getInfo().getTick(), Math::max);
                long now = System.nanoTime();
                if (counts && awake && lastAnswer > since) {
                    longestGapNanos = Math.max(longestGapNanos, now - lastAnswer);
                }
                lastAnswer = now;
                awake = !silenceExpected;
            } catch (StatusRuntimeException e) {
                channel.resetConnectBackoff();
                boolean late = !silenceExpected && System.nanoTime() - since > GRACE_MILLIS * 1_000_000;
                // A call that was under way when the scorer was taken away may fail.
                unanswered.addAndGet((counts && asked > since && !silenceExpected) || late ? 1 : 0);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(200);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    public void expectSilence() {
        silenceExpected = true;
        awake = false;
        since = System.nanoTime();
    }

    public void expectAnswers() {
        since = System.nanoTime();
        silenceExpected = false;
    }

    /** Waits for the first answer. */
    public boolean awaitAnswer(int seconds) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (answers.get() == 0 && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return answers.get() > 0;
    }

    public boolean awaitTick(long wanted, int seconds) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (tick.get() < wanted && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return tick.get() >= wanted;
    }

    /** Highest tick that an answer was computed from. */
    public long highest() {
        return highest.get();
    }

    /** Answers from a state that is stale, without saying so. */
    public long unflagged() {
        return unflagged.get();
    }

    /** Longest time between two answers while the scorer was left alone, ms. */
    public long longestGapMillis() {
        return TimeUnit.NANOSECONDS.toMillis(longestGapNanos);
    }

    public long answers() {
        return answers.get();
    }

    public long marked() {
        return marked.get();
    }

    public long unanswered() {
        return unanswered.get();
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channel.shutdownNow();
    }
}
