package io.freshet.serving.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.freshet.serving.Refusal;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.Version;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.SimilarRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls as JSON: {@code POST /v1/score}, {@code /v1/recommend}, {@code /v1/similar}; probes; metrics. */
final class HttpGateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpGateway.class);
    private static final int MAX_BODY = 4 << 20;

    private final HttpServer server;
    private final ExecutorService workers = Executors.newFixedThreadPool(4, task -> {
        Thread thread = new Thread(task, "freshet-http");
        thread.setDaemon(true);
        return thread;
    });

    HttpGateway(InetSocketAddress address, ScoringCalls calls, ScoringEngine engine, ServingMetrics metrics)
            throws IOException {
        server = HttpServer.create(address, 64);
        server.setExecutor(workers);
        call("/v1/score", ScoreRequest::newBuilder, (m, p) -> calls.score((ScoreRequest) m, p));
        call("/v1/recommend", RecommendRequest::newBuilder, (m, p) -> calls.recommend((RecommendRequest) m, p));
        call("/v1/similar", SimilarRequest::newBuilder, (m, p) -> calls.similar((SimilarRequest) m, p));
        server.createContext("/livez", exchange -> reply(exchange, 200, "text/plain", "alive\n"));
        server.createContext("/readyz", exchange -> {
            boolean ready = engine.version() != null;
            reply(exchange, ready ? 200 : 503, "text/plain", ready ? "ready\n" : "no state is loaded yet\n");
        });
        server.createContext("/metrics", exchange -> reply(exchange, 200, "text/plain", metrics(engine, metrics)));
        server.createContext("/", exchange -> reply(exchange, 404, "text/plain", "not found\n"));
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static String metrics(ScoringEngine engine, ServingMetrics metrics) {
        StringBuilder out = new StringBuilder();
        metrics.write(out);
        ServingMetrics.header(out, "freshet_state_age_seconds", "gauge", "Age of the state that is served.");
        out.append("freshet_state_age_seconds ")
                .append(engine.ageMillis() / 1e3)
                .append('\n');
        ServingMetrics.header(out, "freshet_served_items", "gauge", "Items that can be recommended.");
        out.append("freshet_served_items ").append(engine.items()).append('\n');
        ServingMetrics.header(out, "freshet_item_scans_total", "counter", "Scans for the best items.");
        out.append("freshet_item_scans_total ").append(engine.scans()).append('\n');
        ServingMetrics.header(out, "freshet_scored_items_total", "counter", "Items scored by scans, not left out.");
        out.append("freshet_scored_items_total ").append(engine.scored()).append('\n');
        Version version = engine.version();
        if (version != null) {
            ServingMetrics.header(out, "freshet_served_tick", "gauge", "Tick of the state that is served.");
            out.append("freshet_served_tick ").append(version.tick()).append('\n');
            ServingMetrics.header(out, "freshet_served_incarnation", "gauge", "Start of the learner that is followed.");
            out.append("freshet_served_incarnation ")
                    .append(version.incarnation())
                    .append('\n');
        }
        return out.toString();
    }

    private void call(
            String path,
            Supplier<Message.Builder> request,
            BiFunction<Message, Long, CompletableFuture<? extends Message>> answer) {
        server.createContext(path, exchange -> {
            if (!exchange.getRequestURI().getPath().equals(path)) {
                reply(exchange, 404, "text/plain", "not found\n");
            } else if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                refuse(exchange, 405, "METHOD_NOT_ALLOWED", "use POST with a JSON body");
            } else {
                answer(exchange, request.get(), answer);
            }
        });
    }

    private static void answer(
            HttpExchange exchange,
            Message.Builder request,
            BiFunction<Message, Long, CompletableFuture<? extends Message>> answer)
            throws IOException {
        byte[] body;
        try (InputStream in = exchange.getRequestBody()) {
            body = in.readNBytes(MAX_BODY + 1);
        }
        if (body.length > MAX_BODY) {
            refuse(exchange, 413, "INVALID", "body: expected at most 4 MiB");
            return;
        }
        try {
            JsonFormat.parser().merge(new String(body, StandardCharsets.UTF_8), request);
            Message reply = answer.apply(request.build(), 0L).join();
            JsonFormat.Printer printer = JsonFormat.printer().preservingProtoFieldNames();
            reply(exchange, 200, "application/json", printer.print(reply) + "\n");
        } catch (InvalidProtocolBufferException e) {
            refuse(exchange, 400, "INVALID", "body: " + e.getMessage());
        } catch (java.util.concurrent.CompletionException | Refusal e) {
            Refusal refusal = ScoringCalls.refusal("http", e);
            refuse(exchange, status(refusal.code()), refusal.code().name(), String.valueOf(refusal.getMessage()));
        }
    }

    private static int status(Refusal.Code code) {
        return switch (code) {
            case INVALID -> 400;
            case OVERLOADED, NOT_READY -> 503;
            case NOT_FRESH -> 412;
            case TOO_LATE -> 504;
            case INTERNAL -> 500;
        };
    }

    private static void refuse(HttpExchange exchange, int status, String code, String message) throws IOException {
        String json = new com.fasterxml.jackson.databind.ObjectMapper()
                .createObjectNode()
                .put("code", code)
                .put("message", message)
                .toString();
        reply(exchange, status, "application/json", json + "\n");
    }

    private static void reply(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (IOException e) {
            LOG.debug("a client left before its answer", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
