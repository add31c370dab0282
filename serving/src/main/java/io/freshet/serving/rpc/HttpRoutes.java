package io.freshet.serving.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.freshet.serving.Replica.Readiness;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.SimilarRequest;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.SimpleChannelInboundHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a whole HTTP request goes. Probes and metrics are answered at once on the event loop, which waits for nothing;
 * calls are read and answered by the workers.
 */
@Sharable
final class HttpRoutes extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpRoutes.class);

    /** Asks what a JSON text says. */
    private interface Call {
        CompletableFuture<? extends Message> ask(String json) throws InvalidProtocolBufferException;
    }

    private final HttpConnections connections;
    private final ScoringCalls calls;
    private final ServingHealth health;
    private final MetricsPage metrics;
    private final Executor workers;

    HttpRoutes(
            HttpConnections connections,
            ScoringCalls calls,
            ServingHealth health,
            MetricsPage metrics,
            Executor workers) {
        this.connections = connections;
        this.calls = calls;
        this.health = health;
        this.metrics = metrics;
        this.workers = workers;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        Channel channel = context.channel();
        if (!connections.begins(channel)) {
            return;
        }
        if (request.decoderResult().isFailure()) {
            send(channel, HttpReplies.refusal(400, "INVALID", "this is no HTTP request"));
            channel.close();
            return;
        }
        String path = path(request.uri());
        Call call = call(path);
        if (call == null) {
            send(channel, page(path));
        } else if (!request.method().equals(HttpMethod.POST)) {
            FullHttpResponse reply = HttpReplies.refusal(405, "METHOD_NOT_ALLOWED", "use POST with a JSON body");
            reply.headers().set("Allow", "POST");
            send(channel, reply);
        } else {
            String json = request.content().toString(StandardCharsets.UTF_8);
            try {
                workers.execute(() -> answer(channel, call, json));
            } catch (RejectedExecutionException e) {
                send(channel, HttpReplies.refusal(503, "NOT_READY", "the scorer is shutting down"));
            }
        }
    }

    private static String path(String uri) {
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    private @Nullable Call call(String path) {
        return switch (path) {
            case "/v1/score" ->
                json -> calls.score(read(json, ScoreRequest.newBuilder()).build(), 0);
            case "/v1/recommend" ->
                json -> calls.recommend(
                        read(json, RecommendRequest.newBuilder()).build(), 0);
            case "/v1/similar" ->
                json -> calls.similar(read(json, SimilarRequest.newBuilder()).build(), 0);
            default -> null;
        };
    }

    private static <B extends Message.Builder> B read(String json, B into) throws InvalidProtocolBufferException {
        JsonFormat.parser().merge(json, into);
        return into;
    }

    private FullHttpResponse page(String path) {
        Readiness now = health.now();
        return switch (path) {
            case "/livez" -> HttpReplies.text(now.alive() ? 200 : 503, now.alive() ? "alive\n" : now.words() + "\n");
            case "/readyz" -> HttpReplies.text(now.ready() ? 200 : 503, now.ready() ? "ready\n" : now.words() + "\n");
            case "/metrics" -> HttpReplies.text(200, metrics.text());
            default -> HttpReplies.text(404, "not found\n");
        };
    }

    private void answer(Channel channel, Call call, String json) {
        try {
            CompletableFuture<? extends Message> reply = call.ask(json);
            channel.eventLoop().execute(() -> connections.calls(channel, reply));
            // Where the reply was built, which is a worker.
            reply.whenComplete((message, failure) -> sendLater(channel, response(message, failure)));
        } catch (InvalidProtocolBufferException e) {
            sendLater(channel, HttpReplies.refusal(400, "INVALID", "body: " + e.getMessage()));
        } catch (RuntimeException | Error e) {
            sendLater(channel, HttpReplies.refusal(ScoringCalls.refusal("http", e)));
        }
    }

    private static FullHttpResponse response(@Nullable Message message, @Nullable Throwable failure) {
        try {
            return message == null
                    ? HttpReplies.refusal(
                            ScoringCalls.refusal("http", failure == null ? new Error("no reply") : failure))
                    : HttpReplies.json(message);
        } catch (InvalidProtocolBufferException e) {
            return HttpReplies.refusal(ScoringCalls.refusal("http", e));
        }
    }

    private void sendLater(Channel channel, FullHttpResponse reply) {
        try {
            channel.eventLoop().execute(() -> send(channel, reply));
        } catch (RejectedExecutionException e) {
            LOG.debug("the server was closed before an answer", e);
        }
    }

    private void send(Channel channel, FullHttpResponse reply) {
        connections.answered(channel);
        channel.writeAndFlush(reply);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("a connection failed", cause);
        context.close();
    }
}
