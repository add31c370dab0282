package io.freshet.job.exchange;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one other learner: a thread that sends, so that nobody waits for a full socket, and one that
 * reads.
 */
final class Peer {
    /** What a thread of this connection hands over: a round, or why there will be no more. */
    private record Taken(@Nullable Round round, @Nullable IOException failure) {}

    private final int number;
    private final Socket socket;
    private final BlockingQueue<Round> outgoing = new LinkedBlockingQueue<>();
    private final BlockingQueue<Taken> incoming = new LinkedBlockingQueue<>();
    private @Nullable Thread sender;

    Peer(int number, Socket socket) throws IOException {
        this.number = number;
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(0);
    }

    int number() {
        return number;
    }

    void start() {
        sender = daemon("send", this::sendAll);
        daemon("read", this::readAll);
    }

    private Thread daemon(String what, Runnable body) {
        Thread thread = new Thread(body, "freshet-exchange-" + what + "-" + number);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void sendAll() {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16))) {
            while (true) {
                outgoing.take().write(out);
            }
        } catch (IOException e) {
            incoming.add(new Taken(null, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll() {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16))) {
            while (true) {
                incoming.add(new Taken(Round.read(in), null));
            }
        } catch (IOException e) {
            incoming.add(new Taken(null, e));
        }
    }

    void send(Round round) {
        outgoing.add(round);
    }

    /**
     * Waits for a round.
     *
     * @throws IllegalStateException naming the learner, if it is gone, too slow, or at another round
     */
    Round take(long expected, long timeoutMillis) {
        Taken taken;
        try {
            taken = incoming.poll(timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for learner " + number, e);
        }
        if (taken == null) {
            throw new IllegalStateException("learner " + number + " did not give round " + expected + " within "
                    + timeoutMillis + " ms: it hangs, is paused, or is cut off; all learners start again");
        }
        if (taken.round == null) {
            throw new IllegalStateException(
                    "learner " + number + " is gone (round " + expected + "); all learners start again", taken.failure);
        }
        if (taken.round.number() != expected) {
            throw new IllegalStateException("learner " + number + " is at round " + taken.round.number()
                    + ", this one at " + expected + ": they do not work on the same ticks");
        }
        return taken.round;
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            incoming.add(new Taken(null, e));
        }
        if (sender != null) {
            sender.interrupt();
        }
    }
}
