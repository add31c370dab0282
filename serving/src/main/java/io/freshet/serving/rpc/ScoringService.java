package io.freshet.serving.rpc;

import io.freshet.serving.Refusal;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoreReply;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.ScoringGrpc;
import io.freshet.v1.SimilarReply;
import io.freshet.v1.SimilarRequest;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The calls over gRPC. */
final class ScoringService extends ScoringGrpc.ScoringImplBase {
    private final ScoringCalls calls;

    ScoringService(ScoringCalls calls) {
        this.calls = calls;
    }

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreReply> reply) {
        send(calls.score(request, patience()), reply);
    }

    @Override
    public void recommend(RecommendRequest request, StreamObserver<RecommendReply> reply) {
        send(calls.recommend(request, patience()), reply);
    }

    @Override
    public void similar(SimilarRequest request, StreamObserver<SimilarReply> reply) {
        send(calls.similar(request, patience()), reply);
    }

    private static long patience() {
        Deadline deadline = Context.current().getDeadline();
        return deadline == null ? 0 : Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS));
    }

    private static <T> void send(CompletableFuture<T> answer, StreamObserver<T> reply) {
        ServerCallStreamObserver<T> call = (ServerCallStreamObserver<T>) reply;
        call.setOnCancelHandler(() -> answer.cancel(false));
        answer.whenComplete((value, failure) -> {
            if (call.isCancelled()) {
                return;
            }
            if (failure != null) {
                Refusal refusal = ScoringCalls.refusal("reply", failure);
                reply.onError(RefusalStatus.of(refusal.code())
                        .grpc()
                        .withDescription(refusal.getMessage())
                        .asRuntimeException());
            } else {
                reply.onNext(value);
                reply.onCompleted();
            }
        });
    }
}
