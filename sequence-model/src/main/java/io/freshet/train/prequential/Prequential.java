package io.freshet.train.prequential;

import io.freshet.model.items.ItemDirectory;
import io.freshet.train.prequential.PrequentialReport.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Sums of prequential metrics for the model and the baselines; the baselines learn event by event in log order, and
 * know the items of the directory alone: an item that is evicted takes its counts along.
 */
public final class Prequential {
    private static final int BLOCK = 5000;

    /** Most successors that the chain keeps of an item. */
    private static final int SUCCESSORS = 64;

    /** Sums of one contender, and what they were when the current and the last block began. */
    private static final class Sums {
        private Quality all = new Quality(0, 0, 0, 0, 0, 0);
        private Quality blockStart = all;
        private Quality lastBlockStart = all;

        void add(int rank) {
            all = new Quality(
                    all.events() + 1,
                    all.hits1() + (rank < 1 ? 1 : 0),
                    all.hits10() + (rank < 10 ? 1 : 0),
                    all.hits50() + (rank < 50 ? 1 : 0),
                    all.ndcg10() + (rank < 10 ? Math.log(2) / StrictMath.log(rank + 2.0) : 0),
                    all.mrr20() + (rank < 20 ? 1.0 / (rank + 1) : 0));
            if (all.events() - blockStart.events() == BLOCK) {
                lastBlockStart = blockStart;
                blockStart = all;
            }
        }

        Quality recent() {
            return all.since(lastBlockStart);
        }

        void write(DataOutputStream out) throws IOException {
            for (Quality q : new Quality[] {all, blockStart, lastBlockStart}) {
                out.writeLong(q.events());
                out.writeLong(q.hits1());
                out.writeLong(q.hits10());
                out.writeLong(q.hits50());
                out.writeDouble(q.ndcg10());
                out.writeDouble(q.mrr20());
            }
        }

        void read(DataInputStream in) throws IOException {
            all = readOne(in);
            blockStart = readOne(in);
            lastBlockStart = readOne(in);
        }

        private static Quality readOne(DataInputStream in) throws IOException {
            return new Quality(
                    in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readDouble(), in.readDouble());
        }
    }

    private final Sums model = new Sums();
    private final Sums popularity = new Sums();
    private final Sums markov = new Sums();
    private final ItemDirectory directory;
    private final PopularityOrder popular = new PopularityOrder();
    private final SuccessorCounts chain = new SuccessorCounts(SUCCESSORS);
    private final BaselineChunks chunks;

    /** @param directory has every item that is ranked or learned */
    public Prequential(ItemDirectory directory) {
        this.directory = directory;
        chunks = new BaselineChunks(directory, popular, chain);
    }

    /** Ranks an event by the baselines, if it counts, and then lets them learn it. */
    public void baselines(boolean counts, boolean hasLast, long last, long item) {
        int index = directory.indexOf(item);
        int lastIndex = hasLast ? directory.indexOf(last) : -1;
        // Items that nobody has wanted yet have places before these, and an item that left and came back may be the
        // last.
        for (int unseen = popular.size(); unseen <= Math.max(index, lastIndex); unseen++) {
            popular.expect(unseen);
            chunks.touch(unseen);
        }
        if (counts) {
            boolean seen = popular.seen(index);
            popularity.add(seen ? popular.rank(index) : Integer.MAX_VALUE);
            markov.add(seen ? chain.rank(lastIndex, index, popular) : Integer.MAX_VALUE);
        }
        popular.see(index);
        chunks.touch(index);
        if (lastIndex >= 0) {
            chain.see(lastIndex, index);
            chunks.touch(lastIndex);
        }
    }

    /**
     * Forgets items that are about to leave the directory.
     *
     * @param removed itemIndices, rising, {@code [removed]}
     */
    public void evict(int[] removed) {
        for (int index : removed) {
            chunks.touch(index);
        }
        for (int index = 0; index < popular.size(); index++) {
            if (chain.follows(index, removed)) {
                chunks.touch(index);
            }
        }
        popular.removeAll(removed);
        chain.removeAll(removed);
    }

    /** What the baselines know, as attributes; those that changed since the last call. */
    public BaselineChunks chunks() {
        return chunks;
    }

    /** Successors of which the chain kept no count for want of capacity, in all. */
    public long successorEvictions() {
        return chain.evictions();
    }

    /** Takes a rank that the model gave. */
    public void model(int rank) {
        model.add(rank);
    }

    /** Metrics so far. */
    public PrequentialReport report() {
        return new PrequentialReport(
                model.all.events(),
                model.all,
                popularity.all,
                markov.all,
                model.recent(),
                popularity.recent(),
                markov.recent());
    }

    /** Writes the sums; the baselines' counts are {@link #chunks}. */
    public void write(DataOutputStream out) throws IOException {
        model.write(out);
        popularity.write(out);
        markov.write(out);
    }

    /** Takes the sums that {@link #write} wrote. */
    public void read(DataInputStream in) throws IOException {
        model.read(in);
        popularity.read(in);
        markov.read(in);
    }
}
