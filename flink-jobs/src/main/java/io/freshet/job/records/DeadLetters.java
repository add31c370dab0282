package io.freshet.job.records;

import io.freshet.store.codec.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes rejected records as they were, with where they came from and why in headers. Of one that the dead letters
 * cannot hold the value is left out (the key, too, if that alone is too large): its size and SHA-256 stand in headers,
 * and the record itself where the headers say. Of an event that the learner refused only its place and the reason are
 * known.
 */
public final class DeadLetters implements KafkaRecordSerializationSchema<RejectedRecord> {
    private static final long serialVersionUID = 1;

    /** Most characters of an explanation in a header. */
    private static final int MOST_TEXT = 4000;

    private final String topic;
    private final String target;
    private final int mostBytes;

    /**
     * A serializer.
     *
     * @param topic the log
     * @param target topic of its dead letters
     * @param mostBytes most bytes of a key and a value together that the target takes
     */
    public DeadLetters(String topic, String target, int mostBytes) {
        this.topic = topic;
        this.target = target;
        this.mostBytes = mostBytes;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(RejectedRecord rejected, KafkaSinkContext context, Long timestamp) {
        int keyBytes = length(rejected.key);
        int valueBytes = length(rejected.value);
        boolean withValue = (long) keyBytes + valueBytes <= mostBytes;
        boolean withKey = keyBytes <= mostBytes;
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(target, withKey ? rejected.key : null, withValue ? rejected.value : null);
        header(record, "topic", topic);
        header(record, "partition", Integer.toString(rejected.partition));
        header(record, "offset", Long.toString(rejected.offset));
        if (rejected.timestamp != RejectedRecord.UNKNOWN) {
            header(record, "timestamp", Long.toString(rejected.timestamp));
        }
        header(record, "reason", rejected.reason);
        header(record, "error", rejected.error);
        if (!withValue && rejected.value != null) {
            header(record, "value-bytes", Integer.toString(valueBytes));
            header(record, "value-sha256", sha256(rejected.value));
        }
        if (!withKey && rejected.key != null) {
            header(record, "key-bytes", Integer.toString(keyBytes));
            header(record, "key-sha256", sha256(rejected.key));
        }
        return record;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(Sha256.digest().digest(bytes));
    }

    private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
        String text = value.length() <= MOST_TEXT ? value : value.substring(0, MOST_TEXT) + " ...";
        record.headers().add("freshet.dlq." + name, text.getBytes(StandardCharsets.UTF_8));
    }
}
