package io.freshet.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Flink's answers, as its REST interface gives them, read as states and causes. */
class FlinkJobTest {
    private static final String WRAPPED = String.join(
            "\\n",
            "org.apache.flink.util.FlinkException: a task failed",
            "\\tat x.Y.z(Y.java:1)",
            "Caused by: java.lang.IllegalStateException: outer",
            "\\tat a.B.c(B.java:1)",
            "Caused by: java.io.IOException: No space left on device",
            "\\t... 9 more");
    private static final String EXCEPTIONS = "{\"exceptionHistory\": {\"entries\": ["
            + "{\"exceptionName\": \"b\", \"timestamp\": 20, \"stacktrace\": \"" + WRAPPED + "\"},"
            + "{\"exceptionName\": \"a\", \"timestamp\": 10,"
            + " \"stacktrace\": \"java.lang.NullPointerException\\n\\tat a.B.c(B.java:1)\"}"
            + "], \"truncated\": false}}";

    /** What a cluster answers of a job that ends between two questions. */
    private static String ending(String path, boolean ended) {
        if (path.endsWith("/exceptions")) {
            return ended ? EXCEPTIONS : "{}";
        }
        return ended ? "{\"state\": \"FAILED\"}" : "{\"state\": \"RUNNING\"}";
    }

    @Test
    void theFailureThatEndsAJobIsNotOneThatItCameBackFrom() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        AtomicBoolean ended = new AtomicBoolean();
        server.createContext("/jobs/x", exchange -> {
            byte[] body = ending(exchange.getRequestURI().getPath(), ended.getAndSet(true))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            FlinkJob job = new FlinkJob(server.getAddress().getPort(), "x");
            Optional<FlinkJob.View> seen = Optional.empty();
            // A machine that is busy may take longer than a look waits.
            for (int n = 0; n < 30 && seen.isEmpty(); n++) {
                ended.set(false);
                seen = job.look();
            }
            FlinkJob.View view = seen.orElseThrow();
            assertThat(view.failures().isEmpty() || view.state().equals("FAILED"))
                    .as("%s", view)
                    .isTrue();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void causesAreTheInnermostOnesOldestFirst() throws IOException {
        ObjectMapper json = new ObjectMapper();
        FlinkJob.View view = FlinkJob.view(json.readTree("{\"state\": \"RESTARTING\"}"), json.readTree(EXCEPTIONS));
        assertThat(view.state()).isEqualTo("RESTARTING");
        assertThat(view.failures())
                .containsExactly(
                        new FlinkJob.Failure(10, "java.lang.NullPointerException"),
                        new FlinkJob.Failure(20, "No space left on device"));
    }

    @Test
    void aWrappedMessageIsUnwrapped() {
        assertThat(FlinkJob.rootCause("a.B: a.b.CException: d.e.FError: what happened"))
                .isEqualTo("what happened");
        assertThat(FlinkJob.rootCause("")).isEqualTo("unknown");
    }

    @Test
    void aClusterIsAskedAndOneThatIsGoneIsNoFailure() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 2);
        server.createContext("/jobs/abc", exchange -> {
            String path = exchange.getRequestURI().getPath();
            byte[] answer = (path.endsWith("exceptions") ? EXCEPTIONS : "{\"state\": \"RUNNING\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        int port = server.getAddress().getPort();
        try {
            FlinkJob.View view = new FlinkJob(port, "abc").look().orElseThrow();
            assertThat(view.state()).isEqualTo("RUNNING");
            assertThat(view.failures()).hasSize(2);
            assertThat(new FlinkJob(port, "other").look()).isEmpty();
        } finally {
            server.stop(0);
        }
        assertThat(new FlinkJob(port, "abc").look()).isEmpty();
    }
}
