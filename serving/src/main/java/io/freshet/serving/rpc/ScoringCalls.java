package io.freshet.serving.rpc;

import io.freshet.serving.Answer;
import io.freshet.serving.Freshness;
import io.freshet.serving.Query;
import io.freshet.serving.Refusal;
import io.freshet.serving.ScoringEngine;
import io.freshet.v1.ItemScore;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ReplyInfo;
import io.freshet.v1.ScoreReply;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.SimilarReply;
import io.freshet.v1.SimilarRequest;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The three calls, over gRPC and over HTTP alike. Failures are always a {@link Refusal}. */
final class ScoringCalls {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringCalls.class);

    private final ScoringEngine engine;
    private final Requests requests;
    private final ServingMetrics metrics;
    private final Executor workers;

    /** @param workers where replies are built: the engine's thread is for scores only */
    ScoringCalls(ScoringEngine engine, ServingMetrics metrics, LongSupplier wallMillis, Executor workers) {
        this.engine = engine;
        this.requests = new Requests(engine.limits(), engine::ids, wallMillis);
        this.metrics = metrics;
        this.workers = workers;
    }

    /** Cancelling a reply takes its query out of the engine, as with the other calls. */
    CompletableFuture<ScoreReply> score(ScoreRequest request, long patienceNanos) {
        return ask(
                new Asked("Score", () -> requests.query(request), request.getMinFreshness(), patienceNanos),
                answer -> ScoreReply.newBuilder()
                        .addAllScores(items(answer))
                        .setInfo(info(request.getRequestId(), answer))
                        .build());
    }

    CompletableFuture<RecommendReply> recommend(RecommendRequest request, long patienceNanos) {
        return ask(
                new Asked("Recommend", () -> requests.query(request), request.getMinFreshness(), patienceNanos),
                answer -> RecommendReply.newBuilder()
                        .addAllItems(items(answer))
                        .setInfo(info(request.getRequestId(), answer))
                        .setSeenHorizonMs(answer.seenSinceMillis())
                        .build());
    }

    CompletableFuture<SimilarReply> similar(SimilarRequest request, long patienceNanos) {
        io.freshet.v1.Freshness any = io.freshet.v1.Freshness.getDefaultInstance();
        return ask(
                new Asked("Similar", () -> requests.query(request), any, patienceNanos),
                answer -> SimilarReply.newBuilder()
                        .addAllItems(items(answer))
                        .setInfo(info(request.getRequestId(), answer))
                        .build());
    }

    /** A call: its name, how its query is read, and what its caller demands; a patience of 0 is the longest. */
    private record Asked(String method, Supplier<Query> query, io.freshet.v1.Freshness freshness, long patienceNanos) {}

    private <T> CompletableFuture<T> ask(Asked call, Function<Answer, T> build) {
        long start = System.nanoTime();
        CompletableFuture<Answer> answer;
        try {
            long most = TimeUnit.MILLISECONDS.toNanos(engine.limits().patienceMillis());
            long patience = call.patienceNanos() > 0 ? Math.min(call.patienceNanos(), most) : most;
            Freshness freshness = requests.freshness(call.freshness());
            answer = engine.ask(call.query().get(), freshness, patience);
        } catch (Refusal e) {
            answer = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Answer> query = answer;
        CompletableFuture<T> reply = query.handleAsync(
                (given, failure) -> {
                    Refusal refusal = failure == null ? null : refusal(call.method(), failure);
                    String code = refusal == null ? "OK" : refusal.code().name();
                    metrics.call(call.method(), code, System.nanoTime() - start);
                    if (refusal != null) {
                        throw refusal;
                    }
                    metrics.answered(given);
                    return build.apply(given);
                },
                workers);
        reply.whenComplete((built, failure) -> {
            if (reply.isCancelled()) {
                query.cancel(false);
            }
        });
        return reply;
    }

    /** What is no refusal is a fault of ours: logged under a number that the caller gets to know. */
    static Refusal refusal(String method, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof Refusal refusal) {
            return refusal;
        }
        String incident = UUID.randomUUID().toString();
        LOG.error("incident {}: {} failed", incident, method, cause);
        return new Refusal(Refusal.Code.INTERNAL, "internal error, incident " + incident);
    }

    private static List<ItemScore> items(Answer answer) {
        return answer.items().stream()
                .map(item -> ItemScore.newBuilder()
                        .setItemId(item.id())
                        .setScore(item.score())
                        .setKnown(item.known())
                        .build())
                .toList();
    }

    private static ReplyInfo info(String requestId, Answer answer) {
        return ReplyInfo.newBuilder()
                .setRequestId(requestId)
                .setTick(answer.version().tick())
                .setIncarnation(answer.version().incarnation())
                .setStateAgeMs(answer.ageMillis())
                .addAllDegraded(answer.degraded().stream().map(Enum::name).toList())
                .setCoverage(answer.coverage())
                .setQueueMicros(TimeUnit.NANOSECONDS.toMicros(answer.queueNanos()))
                .setComputeMicros(TimeUnit.NANOSECONDS.toMicros(answer.computeNanos()))
                .build();
    }
}
