package io.freshet.local;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports on loopback for servers that are started a moment later.
 *
 * <p>A port that the system picks comes from its ephemeral range, out of which every outgoing connection and every
 * server on port 0 takes the next ones: it may be gone before its own server binds it. These come from below that range
 * (32768 on Linux, 49152 elsewhere), where nobody is given one unasked; and each process starts at a place of its own.
 */
public final class LoopbackPorts {
    private static final int FIRST = 15_000;
    private static final int COUNT = 17_000;
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 61 % COUNT));

    private LoopbackPorts() {}

    /**
     * A port that nothing listens on, never the same one twice in this process (until all have been given).
     *
     * @throws IOException if none is free
     */
    public static int free() throws IOException {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException taken) {
                continue;
            }
        }
        throw new IOException("no free port on loopback from " + FIRST + " to " + (FIRST + COUNT - 1));
    }
}
