package io.freshet.train.prequential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Ranks of the baselines against counting everything anew. */
class BaselinesTest {
    /** Popularity as its definition has it. */
    private static int midRank(List<Long> counts, int index) {
        long own = counts.get(index);
        int above = (int) counts.stream().filter(count -> count > own).count();
        int same = (int) counts.stream().filter(count -> count == own).count();
        return above + (same - 1) / 2;
    }

    private static int[] some(SplittableRandom random, int size) {
        TreeSet<Integer> gone = new TreeSet<>();
        for (int i = 0; i < size / 4; i++) {
            gone.add(random.nextInt(size));
        }
        return gone.stream().mapToInt(Integer::intValue).toArray();
    }

    private static <T> void removeAll(List<T> from, int[] gone) {
        for (int i = gone.length - 1; i >= 0; i--) {
            from.remove(gone[i]);
        }
    }

    @Test
    void popularityRanksByCountsThroughSightingsAndRemovals() {
        SplittableRandom random = new SplittableRandom(3);
        PopularityOrder popularity = new PopularityOrder();
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < 6000; i++) {
            int index = Math.min(counts.size(), (int) (random.nextDouble() * random.nextDouble() * 80));
            popularity.see(index);
            if (index == counts.size()) {
                counts.add(0L);
            }
            counts.set(index, counts.get(index) + 1);
            if (i % 500 == 499) {
                int[] gone = some(random, counts.size());
                popularity.removeAll(gone);
                removeAll(counts, gone);
            }
            assertThat(popularity.size()).isEqualTo(counts.size());
            int asked = random.nextInt(counts.size());
            assertThat(popularity.rank(asked)).isEqualTo(midRank(counts, asked));
            assertThat(popularity.count(asked)).isEqualTo(counts.get(asked));
        }
        assertThat(popularity.seen(-1)).isFalse();
        assertThat(popularity.seen(counts.size())).isFalse();
        assertThat(popularity.seen(0)).isTrue();
    }

    /** What is kept are counts: an order from them must go on as if it had never been away. */
    @Test
    void anOrderFromCountsGoesOnLikeTheOneTheyAreFrom() {
        SplittableRandom random = new SplittableRandom(5);
        PopularityOrder straight = new PopularityOrder();
        PopularityOrder restored = new PopularityOrder();
        restored.see(0);
        for (int i = 0; i < 3000; i++) {
            int index = Math.min(straight.size(), random.nextInt(2000));
            straight.see(index);
            if (i == 1500) {
                long[] counts = new long[straight.size() + 7];
                for (int at = 0; at < straight.size(); at++) {
                    counts[at] = straight.count(at);
                }
                restored.load(counts, straight.size());
            } else if (i > 1500) {
                restored.see(index);
                int asked = random.nextInt(straight.size());
                assertThat(restored.rank(asked)).isEqualTo(straight.rank(asked));
            }
        }
        assertThat(restored.size()).isEqualTo(straight.size());
    }

    @Test
    void countsBeyondAnIntStayInOrder() {
        PopularityOrder popularity = new PopularityOrder();
        popularity.load(new long[] {3L << 31, (3L << 31) + 1, Long.MAX_VALUE - 1}, 3);
        popularity.see(0);
        popularity.see(0);
        assertThat(popularity.rank(2)).isZero();
        assertThat(popularity.rank(0)).isEqualTo(1);
        assertThat(popularity.rank(1)).isEqualTo(2);
    }

    @Test
    void aNewItemThatSkipsAnIndexIsRefused() {
        PopularityOrder popularity = new PopularityOrder();
        assertThatThrownBy(() -> popularity.see(1)).hasMessageContaining("item 1");
    }

    @Test
    void successorsComeFirstAndThePopularRestBehind() {
        PopularityOrder popularity = new PopularityOrder();
        int[] seen = {0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 4, 4, 4, 4};
        for (int item : seen) {
            popularity.see(item);
        }
        SuccessorCounts chain = new SuccessorCounts(64);
        chain.see(4, 3);
        chain.see(4, 2);
        chain.see(4, 2);
        assertThat(chain.rank(4, 2, popularity)).isZero();
        assertThat(chain.rank(4, 3, popularity)).isEqualTo(1);
        assertThat(chain.rank(4, 4, popularity)).isEqualTo(2);
        assertThat(chain.rank(4, 0, popularity)).isEqualTo(3);
        assertThat(chain.rank(4, 1, popularity)).isEqualTo(4);
        assertThat(chain.rank(-1, 1, popularity)).as("no item before").isEqualTo(2);
        assertThat(chain.rank(0, 1, popularity)).as("nothing has followed it").isEqualTo(2);
    }

    /** A chain by maps, unbounded, whose ties are broken by who came to the count first. */
    private static final class Chain {
        final Map<Integer, LinkedHashMap<Integer, long[]>> followers = new HashMap<>();
        long now;

        void see(int last, int index) {
            long[] entry = followers
                    .computeIfAbsent(last, l -> new LinkedHashMap<>())
                    .computeIfAbsent(index, i -> new long[2]);
            entry[0]++;
            entry[1] = now++;
        }

        List<Integer> ordered(int last) {
            Map<Integer, long[]> row = followers.getOrDefault(last, new LinkedHashMap<>());
            List<Integer> order = new ArrayList<>(row.keySet());
            order.sort(Comparator.comparingLong((Integer i) -> -row.get(i)[0]).thenComparingLong(i -> row.get(i)[1]));
            return order;
        }

        void forget(int last, int index) {
            followers.get(last).remove(index);
        }
    }

    @Test
    void successorsAreInTheOrderOfTheirCountsAndTheOldestRarestMakesRoom() {
        for (int most : new int[] {1, 2, 5, 64, Integer.MAX_VALUE}) {
            SplittableRandom random = new SplittableRandom(6);
            SuccessorCounts chain = new SuccessorCounts(most);
            Chain reference = new Chain();
            long forgotten = 0;
            for (int i = 0; i < 4000; i++) {
                int last = random.nextInt(5);
                int index = (int) (random.nextDouble() * random.nextDouble() * 100);
                List<Integer> before = reference.ordered(last);
                if (before.size() == most && !before.contains(index)) {
                    Map<Integer, long[]> row = reference.followers.get(last);
                    long least =
                            row.values().stream().mapToLong(e -> e[0]).min().orElseThrow();
                    int oldest = before.stream()
                            .filter(item -> row.get(item)[0] == least)
                            .findFirst()
                            .orElseThrow();
                    reference.forget(last, oldest);
                    forgotten++;
                }
                chain.see(last, index);
                reference.see(last, index);
                List<Integer> order = reference.ordered(last);
                assertThat(chain.size(last)).isEqualTo(order.size()).isLessThanOrEqualTo(most);
                for (int place = 0; place < order.size(); place++) {
                    assertThat(chain.successor(last, place)).isEqualTo(order.get(place));
                    assertThat((long) chain.count(last, place))
                            .isEqualTo(reference.followers.get(last).get(order.get(place))[0]);
                    assertThat(chain.placeOf(last, order.get(place))).isEqualTo(place);
                }
            }
            assertThat(chain.evictions()).isEqualTo(forgotten);
        }
    }

    @Test
    void removedItemsLeaveEveryList() {
        SplittableRandom random = new SplittableRandom(9);
        SuccessorCounts chain = new SuccessorCounts(8);
        int items = 60;
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 600; i++) {
                chain.see(random.nextInt(items), random.nextInt(items));
            }
            int[] gone = some(random, items);
            List<Map<Integer, Integer>> expected = new ArrayList<>();
            for (int at = 0; at < items; at++) {
                Map<Integer, Integer> row = new LinkedHashMap<>();
                boolean any = false;
                for (int place = 0; place < chain.size(at); place++) {
                    int next = chain.successor(at, place);
                    int shift = Arrays.binarySearch(gone, next);
                    any |= shift >= 0;
                    if (shift < 0) {
                        row.put(next + shift + 1, chain.count(at, place));
                    }
                }
                assertThat(chain.follows(at, gone)).isEqualTo(any);
                expected.add(row);
            }
            removeAll(expected, gone);
            chain.removeAll(gone);
            items = expected.size();
            for (int at = 0; at < items; at++) {
                Map<Integer, Integer> row = new LinkedHashMap<>();
                for (int place = 0; place < chain.size(at); place++) {
                    row.put(chain.successor(at, place), chain.count(at, place));
                }
                assertThat(new ArrayList<>(row.entrySet()))
                        .isEqualTo(new ArrayList<>(expected.get(at).entrySet()));
            }
            for (int extra = items; extra < 60; extra++) {
                assertThat(chain.size(extra)).isZero();
            }
            items = 60;
        }
    }

    /** Sixty-four successors are enough: on a stream of thousands of items ranks at the front are those of all. */
    @Test
    void boundedListsRankTheFrontAsUnboundedOnesDo() {
        SplittableRandom random = new SplittableRandom(10);
        PopularityOrder popularity = new PopularityOrder();
        SuccessorCounts all = new SuccessorCounts(Integer.MAX_VALUE);
        SuccessorCounts bounded = new SuccessorCounts(64);
        int items = 2000;
        for (int i = 0; i < items; i++) {
            popularity.see(i);
        }
        int last = 0;
        long hits = 0;
        long boundedHits = 0;
        for (int i = 0; i < 60_000; i++) {
            double u = random.nextDouble();
            int next = random.nextInt(3) == 0 ? (int) (u * u * u * u * items) : (last * 7 + random.nextInt(30)) % items;
            hits += all.rank(last, next, popularity) < 10 ? 1 : 0;
            boundedHits += bounded.rank(last, next, popularity) < 10 ? 1 : 0;
            all.see(last, next);
            bounded.see(last, next);
            popularity.see(next);
            last = next;
        }
        assertThat(bounded.evictions()).as("the bound was met").isGreaterThan(1000);
        assertThat(hits).isGreaterThan(5000);
        assertThat(Math.abs(hits - boundedHits) / (double) hits).isLessThan(0.01);
    }
}
