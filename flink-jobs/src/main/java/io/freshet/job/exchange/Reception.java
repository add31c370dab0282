package io.freshet.job.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a learner waits for those behind it. Everybody who connects is heard on his own, for a short while: who says
 * nothing, or something else than the group, is turned away and counted, and keeps nobody waiting. Of two with one
 * number the first keeps it, and the second is told so.
 */
final class Reception implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

    /** Connections that are heard at once; more wait in the socket's queue. */
    private static final int AT_ONCE = 128;

    private final int self;
    private final Members members;
    private final ServerSocket server;
    private final long greetingMillis;
    private final Semaphore free = new Semaphore(AT_ONCE);
    /** Learners that came; guarded by this. */
    private final Map<Integer, Socket> taken = new TreeMap<>();
    /** Connections that have not said who they are; guarded by this. */
    private final Set<Socket> heard = new HashSet<>();
    /** Guarded by this. */
    private long turnedAway;

    private String lastTurnedAway = "";
    private boolean closed;

    /**
     * Begins to listen.
     *
     * @param server closed with this
     * @param greetingMillis how long a connection has to say who it is
     */
    Reception(int self, Members members, ServerSocket server, long greetingMillis) {
        this.self = self;
        this.members = members;
        this.server = server;
        this.greetingMillis = greetingMillis;
        daemon("accept", this::acceptAll);
    }

    private void daemon(String what, Runnable body) {
        Thread thread = new Thread(body, "freshet-exchange-" + what + "-" + self);
        thread.setDaemon(true);
        thread.start();
    }

    private void acceptAll() {
        try {
            server.setSoTimeout(0);
            while (true) {
                free.acquire();
                Socket socket = server.accept();
                if (!begin(socket)) {
                    socket.close();
                    return;
                }
                daemon("greet", () -> greet(socket));
            }
        } catch (IOException e) {
            if (!isClosed()) {
                turnedAway(server.getLocalSocketAddress() + " accepts nobody any more: " + e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void greet(Socket socket) {
        String from = String.valueOf(socket.getRemoteSocketAddress());
        boolean kept = false;
        try {
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(greetingMillis);
            int learner = Handshake.read(socket, members.group(), deadline);
            String why = refusal(learner, socket);
            kept = why.isEmpty();
            if (!kept) {
                turnedAway(from + ": " + why);
                Handshake.refuse(socket, why);
            }
        } catch (IOException e) {
            turnedAway(from + ": " + e.getMessage());
        } finally {
            end(socket, kept);
        }
    }

    /** Takes a learner in; else says why not. */
    private synchronized String refusal(int learner, Socket socket) throws IOException {
        if (learner <= self || learner >= members.size()) {
            return "learner " + self + " of " + members.size() + " waits for no learner " + learner;
        }
        Socket before = taken.get(learner);
        if (before != null) {
            return "learner " + learner + " is connected already, from " + before.getRemoteSocketAddress();
        }
        if (closed) {
            return "learner " + self + " waits for nobody any more";
        }
        Handshake.welcome(socket);
        // At once: whoever closes the reception closes all that are still heard.
        heard.remove(socket);
        taken.put(learner, socket);
        notifyAll();
        return "";
    }

    private synchronized boolean begin(Socket socket) {
        return !closed && heard.add(socket);
    }

    private void end(Socket socket, boolean kept) {
        free.release();
        synchronized (this) {
            heard.remove(socket);
        }
        if (!kept) {
            closeQuietly(socket);
        }
    }

    private synchronized void turnedAway(String who) {
        if (closed) {
            return;
        }
        turnedAway++;
        lastTurnedAway = who;
        if (turnedAway == 1) {
            LOG.warn("learner {} turned a connection away: {}; others are counted only", self, who);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Connections that were none of a learner's that is waited for. */
    synchronized long turnedAway() {
        return turnedAway;
    }

    /**
     * Waits for all learners behind this one.
     *
     * @param deadline by {@link System#nanoTime}
     * @return their connections, which are the caller's from now on
     * @throws IOException naming those who did not come
     */
    synchronized Map<Integer, Socket> await(long deadline) throws IOException {
        try {
            while (taken.size() < members.size() - 1 - self) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new IOException(missing() + " did not connect to learner " + self + " in time"
                            + (turnedAway == 0
                                    ? ""
                                    : "; " + turnedAway + " connections were turned away, the last: "
                                            + lastTurnedAway));
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException)
                    new InterruptedIOException("interrupted while waiting for " + missing()).initCause(e);
        }
        Map<Integer, Socket> all = new TreeMap<>(taken);
        taken.clear();
        closed = true;
        return all;
    }

    private String missing() {
        List<String> names = new ArrayList<>();
        for (int learner = self + 1; learner < members.size(); learner++) {
            if (!taken.containsKey(learner)) {
                names.add(Integer.toString(learner));
            }
        }
        return "learner " + String.join(", ", names);
    }

    @Override
    public void close() {
        List<AutoCloseable> open = new ArrayList<>();
        synchronized (this) {
            closed = true;
            open.add(server);
            open.addAll(heard);
            open.addAll(taken.values());
            taken.clear();
        }
        open.forEach(Reception::closeQuietly);
    }

    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            LOG.debug("{} could not be closed", one, e);
        }
    }
}
