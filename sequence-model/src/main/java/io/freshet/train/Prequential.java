package io.freshet.train;

import io.freshet.train.PrequentialReport.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Sums of prequential metrics for the model and the baselines; the baselines learn event by event in log order. */
final class Prequential {
    private static final int BLOCK = 5000;

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
    private final PopularityBaseline popular = new PopularityBaseline();
    private final MarkovBaseline chain = new MarkovBaseline(popular);

    /** Ranks an event by the baselines, if it counts, and then lets them learn it. */
    void baselines(boolean counts, boolean hasLast, long last, long item) {
        if (counts) {
            popularity.add(popular.rank(item));
            markov.add(chain.rank(hasLast, last, item));
        }
        popular.count(item);
        if (hasLast) {
            chain.count(last, item);
        }
    }

    /** Takes a rank that the model gave. */
    void model(int rank) {
        model.add(rank);
    }

    PrequentialReport report() {
        return new PrequentialReport(
                model.all.events(),
                model.all,
                popularity.all,
                markov.all,
                model.recent(),
                popularity.recent(),
                markov.recent());
    }

    void write(DataOutputStream out) throws IOException {
        model.write(out);
        popularity.write(out);
        markov.write(out);
        popular.write(out);
        chain.write(out);
    }

    void read(DataInputStream in) throws IOException {
        model.read(in);
        popularity.read(in);
        markov.read(in);
        popular.read(in);
        chain.read(in);
    }
}
