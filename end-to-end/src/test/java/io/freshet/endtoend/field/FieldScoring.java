package io.freshet.endtoend.field;

import io.freshet.v1.HistoryEvent;
import io.freshet.v1.ItemScore;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoreReply;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.ScoringGrpc;
import io.freshet.v1.Subject;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client of a scoring service. */
final class FieldScoring implements AutoCloseable {
    private final ManagedChannel channel;

    FieldScoring(int port) {
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
    }

    /** The best items for a subject. */
    RecommendReply recommend(RecommendRequest request) {
        return ScoringGrpc.newBlockingStub(channel)
                .withDeadlineAfter(5, TimeUnit.SECONDS)
                .recommend(request);
    }

    /** The best items for a user, all of them if there are less than {@code k}. */
    List<String> recommend(String user, int k, boolean excludeSeen) {
        return ids(recommend(RecommendRequest.newBuilder()
                .setSubject(Subject.newBuilder().setUserId(user))
                .setK(k)
                .setExcludeSeen(excludeSeen)
                .build()));
    }

    static List<String> ids(RecommendReply reply) {
        return reply.getItemsList().stream().map(ItemScore::getItemId).toList();
    }

    /** The score of an item for a user. */
    ItemScore score(String user, String item) {
        ScoreReply reply = ScoringGrpc.newBlockingStub(channel)
                .withDeadlineAfter(5, TimeUnit.SECONDS)
                .score(ScoreRequest.newBuilder()
                        .setSubject(Subject.newBuilder().setUserId(user))
                        .addItems(item)
                        .build());
        return reply.getScores(0);
    }

    /** A click of this session. */
    static HistoryEvent click(String item, long time) {
        return HistoryEvent.newBuilder()
                .setItemId(item)
                .setAction("click")
                .setEventTimeMs(time)
                .build();
    }

    /** Waits until an item is known. */
    void awaitItem(String item, FieldCommand command) throws Exception {
        Waiting.of("item " + item + " to be known to the scorer")
                .whileRuns(command)
                .until(() -> score("nobody", item).getKnown(), known -> known);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
