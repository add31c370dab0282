package io.freshet.verification.faults.processes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What a JobManager says of the job, over its REST interface. */
public final class JobView {
    private static final List<String> TERMINAL = List.of("FAILED", "CANCELED", "FINISHED", "SUSPENDED");
    private static final List<String> ON_THE_WAY =
            List.of("created", "scheduled", "deploying", "initializing", "reconciling", "canceling", "failed");

    private final String root;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final ObjectMapper json = new ObjectMapper();

    JobView(int restPort) {
        root = "http://127.0.0.1:" + restPort;
    }

    private Optional<JsonNode> get(String path) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(root + path))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? Optional.of(json.readTree(answer.body())) : Optional.empty();
        } catch (IOException e) {
            // The JobManager is dead, paused or starting.
            return Optional.empty();
        }
    }

    /** The job that has not ended; empty if there is none, or nobody answers. */
    private Optional<JsonNode> job() throws InterruptedException {
        Optional<JsonNode> overview = get("/jobs/overview");
        if (overview.isPresent()) {
            for (JsonNode job : overview.get().path("jobs")) {
                if (!TERMINAL.contains(job.path("state").asText())) {
                    return Optional.of(job);
                }
            }
        }
        return Optional.empty();
    }

    /** Whether there is a job that has not ended. */
    boolean exists() throws InterruptedException {
        return job().isPresent();
    }

    /** Whether every task runs. */
    public boolean running() throws InterruptedException {
        Optional<JsonNode> job = job();
        return job.isPresent() && job.get().path("state").asText().equals("RUNNING") && !onTheWay(job.get());
    }

    private static boolean onTheWay(JsonNode job) {
        return ON_THE_WAY.stream()
                .anyMatch(state -> job.path("tasks").path(state).asInt() > 0);
    }

    /** Whether a task restores its state. */
    public boolean restoring() throws InterruptedException {
        Optional<JsonNode> job = job();
        return job.isPresent()
                && job.get().path("tasks").path("initializing").asInt()
                                + job.get().path("tasks").path("deploying").asInt()
                        > 0;
    }

    /** Whether a checkpoint is in progress. */
    public boolean checkpointing() throws InterruptedException {
        Optional<JsonNode> job = job();
        if (job.isEmpty()) {
            return false;
        }
        String id = job.get().path("jid").asText();
        return get("/jobs/" + id + "/checkpoints")
                .map(all -> all.path("counts").path("in_progress").asInt() > 0)
                .orElse(false);
    }

    /** Id of the TaskManager that a learner runs on; empty if it does not run. */
    public Optional<String> taskManagerOf(int learner) throws InterruptedException {
        Optional<JsonNode> job = job();
        if (job.isEmpty()) {
            return Optional.empty();
        }
        String path = "/jobs/" + job.get().path("jid").asText();
        for (JsonNode vertex : get(path).map(all -> all.path("vertices")).orElse(json.createArrayNode())) {
            if (vertex.path("name").asText().startsWith("learner")) {
                return get(path + "/vertices/" + vertex.path("id").asText())
                        .map(all -> all.path("subtasks")
                                .path(learner)
                                .path("taskmanager-id")
                                .asText())
                        .filter(id -> id.matches("\\d+-\\d+"));
            }
        }
        return Optional.empty();
    }

    /** Cancels the job and waits for its end; does nothing if there is none. */
    public void cancel(int seconds) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (Optional<JsonNode> job = job(); job.isPresent() && System.nanoTime() < deadline; job = job()) {
            String id = job.get().path("jid").asText();
            HttpRequest request = HttpRequest.newBuilder(URI.create(root + "/jobs/" + id + "?mode=cancel"))
                    .timeout(Duration.ofSeconds(5))
                    .method("PATCH", HttpRequest.BodyPublishers.noBody())
                    .build();
            try {
                http.send(request, HttpResponse.BodyHandlers.discarding());
            } catch (IOException e) {
                // Asked again below.
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
    }
}
