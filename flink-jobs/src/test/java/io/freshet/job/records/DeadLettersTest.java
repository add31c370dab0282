package io.freshet.job.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.train.tick.RefusedEvent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

/** Dead letters as the topic gets them: whole where they fit, else what finds them again. */
class DeadLettersTest {
    private static final int MOST = 100;
    private static final KafkaRecordSerializationSchema.KafkaSinkContext CONTEXT =
            new KafkaRecordSerializationSchema.KafkaSinkContext() {
                @Override
                public int getParallelInstanceId() {
                    return 0;
                }

                @Override
                public int getNumberOfParallelInstances() {
                    return 1;
                }

                @Override
                public int[] getPartitionsForTopic(String topic) {
                    return new int[] {0};
                }
            };

    private final DeadLetters letters = new DeadLetters("events", "events.dlq", MOST);

    private static RejectedRecord rejected(int keyBytes, int valueBytes) {
        RawRecord record = new RawRecord();
        record.partition = 3;
        record.offset = 41;
        record.timestamp = 1234;
        record.key = keyBytes < 0 ? null : new byte[keyBytes];
        record.value = valueBytes < 0 ? null : new byte[valueBytes];
        return RejectedRecord.of(record, "invalid-id", "user id has 3000 characters");
    }

    private ProducerRecord<byte[], byte[]> written(RejectedRecord rejected) {
        return letters.serialize(rejected, CONTEXT, 0L);
    }

    private static Map<String, String> headers(ProducerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new TreeMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        }
        return headers;
    }

    @Test
    void whatFitsIsWrittenAsItWasWithWhereItCameFrom() {
        ProducerRecord<byte[], byte[]> record = written(rejected(40, 60));
        assertThat(record.topic()).isEqualTo("events.dlq");
        assertThat(record.key()).hasSize(40);
        assertThat(record.value()).hasSize(60);
        assertThat(headers(record))
                .isEqualTo(Map.of(
                        "freshet.dlq.topic", "events",
                        "freshet.dlq.partition", "3",
                        "freshet.dlq.offset", "41",
                        "freshet.dlq.timestamp", "1234",
                        "freshet.dlq.reason", "invalid-id",
                        "freshet.dlq.error", "user id has 3000 characters"));
    }

    @Test
    void ofAValueThatDoesNotFitTheSizeAndTheChecksumStand() throws Exception {
        ProducerRecord<byte[], byte[]> record = written(rejected(40, 61));
        assertThat(record.key()).hasSize(40);
        assertThat(record.value()).isNull();
        String sha =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(new byte[61]));
        assertThat(headers(record))
                .containsEntry("freshet.dlq.value-bytes", "61")
                .containsEntry("freshet.dlq.value-sha256", sha)
                .doesNotContainKeys("freshet.dlq.key-bytes", "freshet.dlq.key-sha256");
    }

    @Test
    void aKeyThatDoesNotFitIsLeftOutToo() {
        ProducerRecord<byte[], byte[]> record = written(rejected(MOST + 1, 2));
        assertThat(record.key()).isNull();
        assertThat(record.value()).isNull();
        assertThat(headers(record))
                .containsEntry("freshet.dlq.key-bytes", "101")
                .containsEntry("freshet.dlq.value-bytes", "2")
                .containsKeys("freshet.dlq.key-sha256", "freshet.dlq.value-sha256");
    }

    @Test
    void recordsWithoutKeyOrValueAreLettersToo() {
        ProducerRecord<byte[], byte[]> record = written(rejected(-1, -1));
        assertThat(record.key()).isNull();
        assertThat(record.value()).isNull();
        assertThat(headers(record)).hasSize(6);
        assertThat(written(rejected(-1, MOST)).value()).hasSize(MOST);
    }

    @Test
    void aLongExplanationIsCut() {
        RejectedRecord rejected = rejected(1, 1);
        rejected.error = "x".repeat(100_000);
        String error = headers(written(rejected)).get("freshet.dlq.error");
        assertThat(error).hasSize(4004).endsWith("x ...");
    }

    @Test
    void anEventThatTheLearnerRefusedIsNamedByItsPlace() {
        ProducerRecord<byte[], byte[]> record = written(RejectedRecord.of(
                new RefusedEvent(2, 17, RefusedEvent.ID_COLLISION, "user \"b\" has the hash of user \"a\"")));
        assertThat(record.key()).isNull();
        assertThat(record.value()).isNull();
        assertThat(headers(record))
                .isEqualTo(Map.of(
                        "freshet.dlq.topic", "events",
                        "freshet.dlq.partition", "2",
                        "freshet.dlq.offset", "17",
                        "freshet.dlq.reason", "id-collision",
                        "freshet.dlq.error", "user \"b\" has the hash of user \"a\""));
    }
}
