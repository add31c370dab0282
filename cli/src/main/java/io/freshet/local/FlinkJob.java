package io.freshet.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A Flink job as its cluster's REST interface shows it: its state, and the failures that it came back from. */
public final class FlinkJob {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final String address;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final ObjectMapper json = new ObjectMapper();

    /**
     * A failure.
     *
     * @param atMillis when, ms since the epoch
     * @param cause the innermost exception's message
     */
    public record Failure(long atMillis, String cause) {}

    /**
     * What was seen.
     *
     * @param state RUNNING, RESTARTING, FAILED ...
     * @param failures the last ones, oldest first
     */
    public record View(String state, List<Failure> failures) {}

    /**
     * @param restPort port of the cluster on loopback
     * @param jobId the job's id, hexadecimal
     */
    public FlinkJob(int restPort, String jobId) {
        address = "http://127.0.0.1:" + restPort + "/jobs/" + jobId;
    }

    /** Looks now; empty if the cluster does not answer, as while it starts and when it ends. */
    public Optional<View> look() {
        // In this order: with a job that goes on after them, these failures were not its last.
        Optional<JsonNode> exceptions = get("/exceptions?maxExceptions=16");
        Optional<JsonNode> job = get("");
        return job.isPresent() && exceptions.isPresent()
                ? Optional.of(view(job.get(), exceptions.get()))
                : Optional.empty();
    }

    public static View view(JsonNode job, JsonNode exceptions) {
        List<Failure> failures = new ArrayList<>();
        for (JsonNode entry : exceptions.path("exceptionHistory").path("entries")) {
            failures.add(new Failure(
                    entry.path("timestamp").asLong(),
                    rootCause(entry.path("stacktrace").asText())));
        }
        failures.sort(Comparator.comparingLong(Failure::atMillis));
        return new View(job.path("state").asText("unknown"), failures);
    }

    /** The innermost cause of a stack trace in text: its message, or its class where it has none. */
    static String rootCause(String stacktrace) {
        String cause = "";
        for (String line : stacktrace.split("\n")) {
            if (cause.isEmpty() || line.startsWith("Caused by: ")) {
                cause = line.replaceFirst("^Caused by: ", "").strip();
            }
        }
        // Class names before the message say where it was wrapped, not what happened.
        String message = cause.replaceFirst("^(?:[\\w$]+\\.)+[\\w$]+: ", "");
        while (message.matches("^(?:[\\w$]+\\.)+[\\w$]+(?:Exception|Error): .*")) {
            message = message.replaceFirst("^(?:[\\w$]+\\.)+[\\w$]+: ", "");
        }
        return message.isEmpty() ? "unknown" : message;
    }

    private Optional<JsonNode> get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                .timeout(PATIENCE)
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? Optional.of(json.readTree(answer.body())) : Optional.empty();
        } catch (IOException e) {
            // It starts, or is gone: the job's own result says how it ended.
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
