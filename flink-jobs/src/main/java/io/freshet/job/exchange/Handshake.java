package io.freshet.job.exchange;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How a learner makes itself known where it connects. The group is random and only learners are told it, so that it is
 * their secret; whoever does not know it gets no answer.
 *
 * <pre>
 * asks     i32 magic | i32 bytes of group | group | i32 its number
 * answer   u8 1: welcome; u8 0 | text: refused, and why
 * </pre>
 */
final class Handshake {
    private static final int MAGIC = 0x46725847;
    private static final int WELCOME = 1;
    private static final int REFUSED = 0;

    private Handshake() {}

    /** What a learner sends first. */
    static byte[] greeting(String group, int learner) {
        byte[] name = group.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(12 + name.length)
                .putInt(MAGIC)
                .putInt(name.length)
                .put(name)
                .putInt(learner)
                .array();
    }

    /**
     * Connects to another learner.
     *
     * @param self this learner's number
     * @param deadline by {@link System#nanoTime}
     * @throws IOException if it cannot be reached, says nothing by then, or refuses
     */
    static Socket connect(int self, int other, Members members, long deadline) throws IOException {
        InetSocketAddress address = members.addresses().get(other);
        Socket socket = new Socket();
        try {
            socket.connect(address, millisLeft(deadline));
            socket.getOutputStream().write(greeting(members.group(), self));
            socket.setSoTimeout(millisLeft(deadline));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int answer = in.readUnsignedByte();
            if (answer != WELCOME) {
                throw new ProtocolException(answer == REFUSED ? in.readUTF() : "it is no learner");
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw new IOException("learner " + other + " at " + address + " cannot be joined: " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof EOFException
                ? "it hung up; it waits for other learners, or for none any more"
                : String.valueOf(e.getMessage());
    }

    /**
     * Reads who connected.
     *
     * @param deadline by {@link System#nanoTime}
     * @return the learner's number, as it says
     * @throws IOException if it does not know the group, or does not say it in time
     */
    static int read(Socket socket, String group, long deadline) throws IOException {
        byte[] expected = greeting(group, 0);
        byte[] got = new byte[expected.length];
        InputStream in = socket.getInputStream();
        int count = 0;
        while (count < got.length) {
            socket.setSoTimeout(millisLeft(deadline));
            int more = in.read(got, count, got.length - count);
            if (more < 0) {
                throw new EOFException("it hung up after " + count + " bytes");
            }
            count += more;
            int known = Math.min(4, count);
            if (!Arrays.equals(got, 0, known, expected, 0, known)) {
                throw new ProtocolException("it does not speak as learners do");
            }
        }
        int secret = got.length - 4;
        if (!MessageDigest.isEqual(Arrays.copyOf(got, secret), Arrays.copyOf(expected, secret))) {
            throw new ProtocolException("it is not of this gathering");
        }
        return ByteBuffer.wrap(got).getInt(secret);
    }

    static void welcome(Socket socket) throws IOException {
        socket.getOutputStream().write(WELCOME);
    }

    static void refuse(Socket socket, String why) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeByte(REFUSED);
        out.writeUTF(why);
        out.flush();
    }

    /** Time until a deadline, ms, at least 1, since 0 means for ever to a socket. */
    private static int millisLeft(long deadline) throws SocketTimeoutException {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
            throw new SocketTimeoutException("the time is up");
        }
        return (int) Math.min(left, Integer.MAX_VALUE);
    }
}
