package io.freshet.cli.demo;

import io.freshet.cli.options.PlainText;
import io.freshet.cli.serve.ScoringClient;
import io.freshet.schema.BehaviourEvent;
import io.freshet.v1.ItemScore;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.Subject;
import io.grpc.StatusRuntimeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Now and then one user: what they did lately, and what the scoring service would show them now. */
final class SampleRecommendations {
    private static final int LATELY = 3;
    private static final int SHOWN = 3;

    private final ScoringClient client;
    private final Map<String, String> titles;
    /** Of the last event that was sent, and of those before it of the same user while it was in the light. */
    private @Nullable String user;

    private final ArrayDeque<BehaviourEvent> lately = new ArrayDeque<>();

    /** @param titles titles of items by id; may grow meanwhile */
    SampleRecommendations(ScoringClient client, Map<String, String> titles) {
        this.client = client;
        this.titles = titles;
    }

    /** An event is sent. Whoever is in the light stays until {@link #show}. */
    synchronized void sending(BehaviourEvent event) {
        if (user == null) {
            user = event.subject();
        }
        if (event.subject().equals(user)) {
            lately.add(event);
            if (lately.size() > LATELY) {
                lately.remove();
            }
        }
    }

    /** Asks the service about the user in the light; text to print, empty if there is nothing to say yet. */
    synchronized List<String> show() {
        String asked = user;
        if (asked == null || lately.isEmpty()) {
            return List.of();
        }
        long time = lately.getLast().eventTimeMillis();
        RecommendRequest request = RecommendRequest.newBuilder()
                .setSubject(Subject.newBuilder().setUserId(asked))
                .setK(SHOWN)
                .setRequestTimeMs(time)
                .build();
        List<String> lines = new ArrayList<>();
        try {
            RecommendReply reply = client.call().recommend(request);
            lines.add("        user " + PlainText.of(asked) + " lately: "
                    + String.join(
                            "; ", lately.stream().map(e -> title(e.itemId())).toList()));
            lines.add("        would be shown:" + " ".repeat(Math.max(1, asked.length() - 1))
                    + String.join(
                            "; ",
                            reply.getItemsList().stream()
                                    .map(ItemScore::getItemId)
                                    .map(this::title)
                                    .toList())
                    + "   (tick " + reply.getInfo().getTick() + ", "
                    + reply.getInfo().getDegradedList() + ")");
        } catch (StatusRuntimeException e) {
            lines.add("        the scoring service says " + e.getStatus().getCode() + ": "
                    + e.getStatus().getDescription());
        }
        user = null;
        lately.clear();
        return lines;
    }

    private String title(String item) {
        return PlainText.of(titles.getOrDefault(item, item));
    }
}
