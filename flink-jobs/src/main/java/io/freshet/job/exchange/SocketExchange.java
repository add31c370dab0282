package io.freshet.job.exchange;

import io.freshet.train.Exchange;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * The exchange of learners in different tasks: every two have one TCP connection, over which each sends what its lanes
 * bring, round after round. Nobody sends round {@code n + 1} before it has all of round {@code n}, so at most two
 * rounds
 * are under way.
 *
 * <p>When a learner is gone, or does not give in time, all others fail at once, with a message that names it.
 */
public final class SocketExchange implements Exchange, AutoCloseable {
    private final int self;
    private final int lanes;
    private final int size;
    private final List<Peer> peers;
    private final long timeoutMillis;
    private long round;
    private long bytesSent;

    private SocketExchange(int self, int lanes, int size, List<Peer> peers, long timeoutMillis) {
        this.self = self;
        this.lanes = lanes;
        this.size = size;
        this.peers = peers;
        this.timeoutMillis = timeoutMillis;
    }

    /** Connects to the learners before this one, and waits for those behind it. */
    static SocketExchange connect(int self, int lanes, Members members, ServerSocket server, int timeoutMillis)
            throws IOException {
        List<Peer> peers = new ArrayList<>();
        try {
            for (int other = 0; other < self; other++) {
                Socket socket = new Socket();
                socket.connect(members.addresses().get(other), timeoutMillis);
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                out.writeUTF(members.group());
                out.writeInt(self);
                out.flush();
                peers.add(new Peer(other, socket));
            }
            server.setSoTimeout(timeoutMillis);
            while (peers.size() < members.size() - 1) {
                Socket socket = server.accept();
                socket.setSoTimeout(timeoutMillis);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                String group = in.readUTF();
                int other = in.readInt();
                if (group.equals(members.group()) && other > self && other < members.size()) {
                    peers.add(new Peer(other, socket));
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
        return new SocketExchange(self, lanes, members.size(), peers, timeoutMillis);
    }

    @Override
    public boolean owns(int lane) {
        return Members.ownerOf(lane, lanes, size) == self;
    }

    @Override
    public boolean alone() {
        return size == 1;
    }

    /** Bytes sent to others so far. */
    public long bytesSent() {
        return bytesSent;
    }

    @Override
    public byte[][] share(byte[][] mine) {
        round++;
        Round given = new Round(round, new ArrayList<>());
        byte[][] all = new byte[lanes][];
        for (int lane = 0; lane < lanes; lane++) {
            if (owns(lane)) {
                given.parts().add(new Round.Part(lane, mine[lane]));
                all[lane] = mine[lane];
                bytesSent += (long) mine[lane].length * peers.size();
            }
        }
        peers.forEach(peer -> peer.send(given));
        for (Peer peer : peers) {
            Round taken = peer.take(round, timeoutMillis);
            for (Round.Part part : taken.parts()) {
                if (part.lane() < 0 || part.lane() >= lanes || all[part.lane()] != null) {
                    throw new IllegalStateException("learner " + peer.number() + " gave lane " + part.lane()
                            + " in round " + round + ", which is not its own: the learners disagree on their number");
                }
                all[part.lane()] = part.bytes();
            }
        }
        for (int lane = 0; lane < lanes; lane++) {
            if (all[lane] == null) {
                throw new IllegalStateException("nobody gave lane " + lane + " in round " + round);
            }
        }
        return all;
    }

    @Override
    public void close() {
        peers.forEach(Peer::close);
    }
}
