package io.freshet.endtoend.field;

import io.freshet.local.LoopbackPorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A {@code freshet serve}, asked over gRPC and HTTP. */
final class FieldScorer {
    private final FieldCommand command;
    private final FieldScoring scoring;
    private final int httpPort;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private FieldScorer(FieldCommand command, FieldScoring scoring, int httpPort) {
        this.command = command;
        this.scoring = scoring;
        this.httpPort = httpPort;
    }

    /** Starts a scorer of a learner's repository and feed on a state directory. */
    static FieldScorer start(Field field, FieldLearner learner, Path state) throws IOException {
        return start(field, field.servers(), learner, state);
    }

    /** The same against other servers. */
    static FieldScorer start(Field field, String servers, FieldLearner learner, Path state) throws IOException {
        int port = LoopbackPorts.free();
        int httpPort = LoopbackPorts.free();
        List<String> arguments = new ArrayList<>(List.of("serve", "--bootstrap-servers", servers));
        arguments.addAll(List.of("--changes-topic", learner.changes()));
        arguments.addAll(List.of("--repository", learner.repository().toString(), "--state-dir", state.toString()));
        arguments.addAll(List.of("--port", Integer.toString(port), "--http-port", Integer.toString(httpPort)));
        FieldCommand command = field.freshet(arguments.toArray(String[]::new));
        return new FieldScorer(command, field.closing(new FieldScoring(port)), httpPort);
    }

    FieldCommand command() {
        return command;
    }

    FieldScoring scoring() {
        return scoring;
    }

    int httpPort() {
        return httpPort;
    }

    /** Waits until it knows an item. */
    FieldScorer awaitItem(String item) throws Exception {
        scoring.awaitItem(item, command);
        return this;
    }

    /** GET of a path, answered within two seconds; otherwise it throws. */
    HttpResponse<String> get(String path) throws Exception {
        return http.send(request(path).timeout(Duration.ofSeconds(2)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** POST of JSON. */
    HttpResponse<String> post(String path, String json) throws Exception {
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString(json);
        return http.send(request(path).POST(body).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
                .timeout(Duration.ofSeconds(4));
    }
}
