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
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The three calls, whichever door they came through. Failures are always a {@link Refusal}. */
final class ScoringCalls {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringCalls.class);

    private final ScoringEngine engine;
    private final Requests requests;
    private final ServingMetrics metrics;

    ScoringCalls(ScoringEngine engine, ServingMetrics metrics, LongSupplier wallMillis) {
        this.engine = engine;
        this.requests = new Requests(engine.limits(), engine::ids, wallMillis);
        this.metrics = metrics;
    }

    CompletableFuture<ScoreReply> score(ScoreRequest request, long patienceNanos) {
        return ask("Score", () -> requests.query(request), request.getMinFreshness(), patienceNanos)
                .thenApply(answer -> ScoreReply.newBuilder()
                        .addAllScores(items(answer))
                        .setInfo(info(request.getRequestId(), answer))
                        .build());
    }

    CompletableFuture<RecommendReply> recommend(RecommendRequest request, long patienceNanos) {
        return ask("Recommend", () -> requests.query(request), request.getMinFreshness(), patienceNanos)
                .thenApply(answer -> RecommendReply.newBuilder()
                        .addAllItems(items(answer))
                        .setInfo(info(request.getRequestId(), answer))
                        .build());
    }

    CompletableFuture<SimilarReply> similar(SimilarRequest request, long patienceNanos) {
        io.freshet.v1.Freshness any = io.freshet.v1.Freshness.getDefaultInstance();
        return ask("Similar", () -> requests.query(request), any, patienceNanos)
                .thenApply(answer -> SimilarReply.newBuilder()
                        .addAllItems(items(answer))
                        .setInfo(info(request.getRequestId(), answer))
                        .build());
    }

    private CompletableFuture<Answer> ask(
            String method, Supplier<Query> query, io.freshet.v1.Freshness wanted, long patienceNanos) {
        long start = System.nanoTime();
        CompletableFuture<Answer> answer;
        try {
            long most = TimeUnit.MILLISECONDS.toNanos(engine.limits().patienceMillis());
            Freshness freshness = requests.freshness(wanted);
            answer = engine.ask(query.get(), freshness, patienceNanos > 0 ? patienceNanos : most);
        } catch (Refusal e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.handle((given, failure) -> {
            Refusal refusal = failure == null ? null : refusal(method, failure);
            metrics.call(method, refusal == null ? "OK" : refusal.code().name(), System.nanoTime() - start);
            if (refusal != null) {
                throw refusal;
            }
            metrics.answered(given);
            return given;
        });
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
