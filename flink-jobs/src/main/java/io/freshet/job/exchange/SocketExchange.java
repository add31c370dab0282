package io.freshet.job.exchange;

import io.freshet.train.exchange.Exchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The exchange of learners in different tasks: every two have one TCP connection, over which each gives the other its
 * part of every round. Nobody gives round {@code n + 1} before it has all of round {@code n}, so at most two rounds are
 * under way.
 *
 * <p>When a learner is gone, or does not give in time, all others fail at once, with a message that names it.
 */
public final class SocketExchange implements Exchange, AutoCloseable {
    /** How long a connection has to say who it is; learners say it at once. */
    private static final int GREETING_MILLIS = 5000;

    private final int self;
    private final int size;
    private final List<Peer> peers;
    private final Inbox inbox;
    private final long timeoutMillis;
    private final long turnedAway;
    private long round;
    private volatile long bytesSent;

    private SocketExchange(int self, List<Peer> peers, Inbox inbox, long timeoutMillis, long turnedAway) {
        this.self = self;
        size = peers.size() + 1;
        this.turnedAway = turnedAway;
        this.peers = peers;
        this.inbox = inbox;
        this.timeoutMillis = timeoutMillis;
    }

    /**
     * The exchanges of learners in one process, connected over loopback.
     *
     * @param learners how many
     * @param timeoutMillis how long each waits for the others
     * @throws IOException if they cannot be connected
     */
    public static List<SocketExchange> group(int learners, int timeoutMillis) throws IOException {
        List<ServerSocket> servers = new ArrayList<>();
        try {
            List<InetSocketAddress> addresses = new ArrayList<>();
            for (int k = 0; k < learners; k++) {
                ServerSocket server = new ServerSocket(0, learners, InetAddress.getLoopbackAddress());
                servers.add(server);
                addresses.add(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
            }
            Members members = new Members("group", addresses);
            List<CompletableFuture<SocketExchange>> connecting = new ArrayList<>();
            for (int k = 0; k < learners; k++) {
                int self = k;
                CompletableFuture<SocketExchange> one = new CompletableFuture<>();
                connecting.add(one);
                Thread thread = new Thread(() -> {
                    try {
                        one.complete(connect(self, members, servers.get(self), timeoutMillis));
                    } catch (IOException | RuntimeException e) {
                        one.completeExceptionally(e);
                    }
                });
                thread.setDaemon(true);
                thread.start();
            }
            return connecting.stream().map(CompletableFuture::join).toList();
        } finally {
            for (ServerSocket server : servers) {
                server.close();
            }
        }
    }

    /**
     * Connects to the learners before this one, and waits for those behind it.
     *
     * @param server where they find it; closed when all are there, or not in time
     * @throws IOException naming who could not be reached, or did not come
     */
    static SocketExchange connect(int self, Members members, ServerSocket server, int timeoutMillis)
            throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        Map<Integer, Socket> sockets = new TreeMap<>();
        try (Reception reception = new Reception(self, members, server, Math.min(timeoutMillis, GREETING_MILLIS))) {
            for (int other = 0; other < self; other++) {
                sockets.put(other, Handshake.connect(self, other, members, deadline));
            }
            sockets.putAll(reception.await(deadline));
            return start(self, sockets, timeoutMillis, reception.turnedAway());
        } catch (IOException e) {
            for (Socket socket : sockets.values()) {
                socket.close();
            }
            throw new IOException(
                    "learner " + self + " cannot reach the others of " + members.addresses() + ": " + e.getMessage(),
                    e);
        }
    }

    private static SocketExchange start(int self, Map<Integer, Socket> sockets, int timeoutMillis, long turnedAway)
            throws IOException {
        Inbox inbox = new Inbox();
        List<Peer> peers = new ArrayList<>();
        for (Map.Entry<Integer, Socket> one : sockets.entrySet()) {
            peers.add(new Peer(one.getKey(), one.getValue(), inbox));
        }
        peers.forEach(Peer::start);
        return new SocketExchange(self, peers, inbox, timeoutMillis, turnedAway);
    }

    @Override
    public int learners() {
        return size;
    }

    @Override
    public int self() {
        return self;
    }

    /** Bytes given to others so far; may be asked from any thread. */
    public long bytesSent() {
        return bytesSent;
    }

    /** Connections that were turned away while the learners gathered: scans, probes, learners of other gatherings. */
    public long turnedAway() {
        return turnedAway;
    }

    @Override
    public byte[][] allGather(byte[] mine) {
        byte[][] parts = new byte[size][];
        Arrays.fill(parts, mine);
        return allToAll(parts);
    }

    @Override
    public byte[][] allToAll(byte[][] parts) {
        round++;
        byte[][] taken = new byte[size][];
        taken[self] = parts[self];
        long sent = 0;
        for (Peer peer : peers) {
            Round.requireFits(round, peer.number(), parts[peer.number()].length);
        }
        for (Peer peer : peers) {
            peer.send(new Round(round, parts[peer.number()]));
            sent += parts[peer.number()].length;
        }
        bytesSent += sent;
        inbox.take(round, timeoutMillis).forEach((learner, bytes) -> taken[learner] = bytes);
        return taken;
    }

    @Override
    public void close() {
        peers.forEach(Peer::close);
    }
}
