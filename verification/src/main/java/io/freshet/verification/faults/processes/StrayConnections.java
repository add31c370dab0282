package io.freshet.verification.faults.processes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Connections to every port that a process listens on, by somebody who has no business there: one says nothing, one
 * speaks HTTP, one sends random bytes. Ports are found in {@code /proc}; elsewhere there are none.
 */
public final class StrayConnections {
    private static final String LISTENING = "0A";
    private static final int STATE = 3;
    private static final int INODE = 9;

    private StrayConnections() {}

    /**
     * Connects, stays for a while, and goes away without a word.
     *
     * @return ports that took a connection
     */
    public static Set<Integer> to(Process process, long millis, long seed) throws IOException, InterruptedException {
        byte[] noise = new byte[64];
        new Random(seed).nextBytes(noise);
        byte[] http = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8);
        List<Socket> open = new ArrayList<>();
        Set<Integer> taken = new TreeSet<>();
        try {
            for (int port : listening(process.pid())) {
                for (byte[] words : List.of(new byte[0], http, noise)) {
                    try {
                        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                        open.add(socket);
                        socket.getOutputStream().write(words);
                        taken.add(port);
                    } catch (IOException e) {
                        // It listens elsewhere, has gone since, or has thrown us out, as it may.
                    }
                }
            }
            TimeUnit.MILLISECONDS.sleep(millis);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
        return taken;
    }

    private static Set<Integer> listening(long pid) throws IOException {
        Path proc = Path.of("/proc", Long.toString(pid));
        Set<Integer> ports = new TreeSet<>();
        if (!Files.isDirectory(proc.resolve("fd"))) {
            return ports;
        }
        Set<String> sockets = new HashSet<>();
        try (Stream<Path> files = Files.list(proc.resolve("fd"))) {
            for (Path file : files.toList()) {
                try {
                    sockets.add(Files.readSymbolicLink(file).toString());
                } catch (IOException e) {
                    // It was closed while we looked.
                }
            }
        }
        for (String table : List.of("net/tcp", "net/tcp6")) {
            if (Files.isReadable(proc.resolve(table))) {
                for (String line : Files.readAllLines(proc.resolve(table))) {
                    String[] fields = line.strip().split("\\s+");
                    if (fields.length > INODE
                            && fields[STATE].equals(LISTENING)
                            && sockets.contains("socket:[" + fields[INODE] + "]")) {
                        ports.add(Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16));
                    }
                }
            }
        }
        return ports;
    }
}
