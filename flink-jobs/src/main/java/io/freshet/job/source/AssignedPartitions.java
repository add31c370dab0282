package io.freshet.job.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Partitions that a reader has, as a checkpoint holds them.
 *
 * @param partitions their numbers
 */
record AssignedPartitions(Set<Integer> partitions) {
    static final class Serializer implements SimpleVersionedSerializer<AssignedPartitions> {
        private static final int VERSION = 1;

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(AssignedPartitions assigned) {
            ByteBuffer out = ByteBuffer.allocate(4 * assigned.partitions.size());
            new TreeSet<>(assigned.partitions).forEach(out::putInt);
            return out.array();
        }

        @Override
        public AssignedPartitions deserialize(int version, byte[] serialized) throws IOException {
            if (version != VERSION || serialized.length % 4 != 0) {
                throw new IOException("the source's list of partitions has format " + version + " and "
                        + serialized.length + " bytes, this release reads format " + VERSION);
            }
            ByteBuffer in = ByteBuffer.wrap(serialized);
            Set<Integer> partitions = new TreeSet<>();
            while (in.hasRemaining()) {
                partitions.add(in.getInt());
            }
            return new AssignedPartitions(partitions);
        }
    }
}
