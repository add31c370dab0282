package io.freshet.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Limits;
import io.freshet.serving.Query;
import io.freshet.serving.Refusal;
import io.freshet.store.Interaction;
import io.freshet.store.Mutations;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.SimilarRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a body is, as JSON over HTTP and as protobuf: a query within limits, or a refusal that names the field. */
@Timeout(240)
class HostileRequestsIT {
    private static final Limits LIMITS = new Limits(6, 4, 8, 16, 10, 10, 1000, 1000);

    private static final String SCORE =
            "{\"subject\":{\"user_id\":\"u1\",\"session_id\":\"s\",\"history\":[{\"item_id\":"
                    + "\"i1\",\"action\":\"click\",\"event_time_ms\":12,\"value\":1.5,\"event_id\":\"e\"}]},"
                    + "\"items\":[\"i1\",\"i2\"],\"request_time_ms\":\"77\"}";

    private final Requests requests = new Requests(LIMITS, EntityIds::standard, () -> 5);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[][] bodies() {
        return new byte[][] {
            utf8(SCORE),
            utf8("{\"subject\":{\"user_id\":\"u1\"},\"k\":2,\"exclude_items\":[\"i3\"],\"exclude_seen\":true}"),
            utf8("{\"item_id\":\"i1\",\"k\":3,\"min_freshness\":{\"mode\":\"WAIT\",\"offsets\":{\"0\":\"9\"}}}"),
            utf8("{\"request_time_ms\":1e999999999,\"k\":1e400,\"subject\":{\"history\":[{\"item_id\":\"i\","
                    + "\"value\":1e300}]},\"items\":[\"i1\"]}"),
            utf8("{\"k\":-0.0,\"item_id\":null,\"items\":{},\"subject\":[[[[[[[[]]]]]]]]}"),
            utf8("[".repeat(4000)),
            utf8("{\"subject\":".repeat(2000)),
        };
    }

    private interface Body {
        Query read(String json) throws InvalidProtocolBufferException;
    }

    private List<Body> routes() {
        return List.of(
                json -> {
                    ScoreRequest.Builder into = ScoreRequest.newBuilder();
                    JsonFormat.parser().merge(json, into);
                    requests.freshness(into.getMinFreshness());
                    return requests.query(into.build());
                },
                json -> {
                    RecommendRequest.Builder into = RecommendRequest.newBuilder();
                    JsonFormat.parser().merge(json, into);
                    return requests.query(into.build());
                },
                json -> {
                    SimilarRequest.Builder into = SimilarRequest.newBuilder();
                    JsonFormat.parser().merge(json, into);
                    return requests.query(into.build());
                });
    }

    @Test
    void jsonBodiesAreQueriesWithinTheLimitsOrRefused() {
        new Mutations(21, bodies()).forEach(this::readJson);
    }

    @FuzzTest
    void fuzzJson(byte[] input) {
        readJson(input);
    }

    private void readJson(byte[] input) {
        String json = new String(input, StandardCharsets.UTF_8);
        for (Body route : routes()) {
            try {
                requireWithin(route.read(json));
            } catch (InvalidProtocolBufferException e) {
                // INVALID.
            } catch (Refusal e) {
                assertThat(e.code()).isEqualTo(Refusal.Code.INVALID);
            }
        }
    }

    @Test
    void protobufBodiesAreQueriesWithinTheLimitsOrRefused() throws Exception {
        ScoreRequest.Builder right = ScoreRequest.newBuilder();
        JsonFormat.parser().merge(SCORE, right);
        new Mutations(22, right.build().toByteArray()).forEach(input -> {
            try {
                ScoreRequest request = ScoreRequest.parseFrom(input);
                requests.freshness(request.getMinFreshness());
                requireWithin(requests.query(request));
            } catch (InvalidProtocolBufferException e) {
                // INVALID.
            } catch (Refusal e) {
                assertThat(e.code()).isEqualTo(Refusal.Code.INVALID);
            }
        });
    }

    private static void requireWithin(Query query) {
        if (query instanceof Query.Score score) {
            assertThat(score.items()).hasSizeBetween(1, 6);
            assertThat(score.subject().inline()).hasSizeLessThanOrEqualTo(4);
            for (Interaction one : score.subject().inline()) {
                assertThat(one.value()).isFinite();
                assertThat(one.eventTimeMillis()).isPositive();
            }
        } else if (query instanceof Query.Similar similar) {
            assertThat(similar.k()).isBetween(1, 8);
        }
    }
}
