package io.freshet.job.exchange;

import io.freshet.train.Exchange;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The exchange of learners in different tasks: every two have one TCP connection, over which each gives the other its
 * part of every round. Nobody gives round {@code n + 1} before it has all of round {@code n}, so at most two rounds are
 * under way.
 *
 * <p>When a learner is gone, or does not give in time, all others fail at once, with a message that names it.
 */
public final class SocketExchange implements Exchange, AutoCloseable {
    private final int self;
    private final int size;
    private final List<Peer> peers;
    private final Inbox inbox;
    private final long timeoutMillis;
    private long round;
    private volatile long bytesSent;

    private SocketExchange(int self, int size, List<Peer> peers, Inbox inbox, long timeoutMillis) {
        this.self = self;
        this.size = size;
        this.peers = peers;
        this.inbox = inbox;
        this.timeoutMillis = timeoutMillis;
    }

    /** Connects to the learners before this one, and waits for those behind it. */
    static SocketExchange connect(int self, Members members, ServerSocket server, int timeoutMillis)
            throws IOException {
        List<Peer> peers = new ArrayList<>();
        Inbox inbox = new Inbox();
        try {
            for (int other = 0; other < self; other++) {
                Socket socket = new Socket();
                socket.connect(members.addresses().get(other), timeoutMillis);
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                out.writeUTF(members.group());
                out.writeInt(self);
                out.flush();
                peers.add(new Peer(other, socket, inbox));
            }
            server.setSoTimeout(timeoutMillis);
            while (peers.size() < members.size() - 1) {
                Socket socket = server.accept();
                socket.setSoTimeout(timeoutMillis);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                String group = in.readUTF();
                int other = in.readInt();
                if (group.equals(members.group()) && other > self && other < members.size()) {
                    peers.add(new Peer(other, socket, inbox));
                } else {
                    // A learner of an earlier gathering that has not noticed yet; it will.
                    socket.close();
                }
            }
        } catch (IOException e) {
            peers.forEach(Peer::close);
            throw new IOException("learner " + self + " cannot reach the others of " + members.addresses(), e);
        }
        peers.forEach(Peer::start);
        return new SocketExchange(self, members.size(), peers, inbox, timeoutMillis);
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

    @Override
    public byte[][] share(byte[] mine) {
        byte[][] parts = new byte[size][];
        Arrays.fill(parts, mine);
        return deal(parts);
    }

    @Override
    public byte[][] deal(byte[][] parts) {
        round++;
        byte[][] taken = new byte[size][];
        taken[self] = parts[self];
        long sent = 0;
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
