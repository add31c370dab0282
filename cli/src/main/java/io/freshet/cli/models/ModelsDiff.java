package io.freshet.cli.models;

import io.freshet.local.ScratchDirectory;
import io.freshet.store.RowChange;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Compares two snapshots. */
@Command(name = "diff", description = "Compares two snapshots.", mixinStandardHelpOptions = true)
final class ModelsDiff implements Callable<Integer> {
    @Mixin
    private RepositoryOption repository = new RepositoryOption();

    @Mixin
    private Output output = new Output();

    @Parameters(index = "0", description = "name, tag, or 'latest'")
    private String before = "";

    @Parameters(index = "1", description = "name, tag, or 'latest'", defaultValue = "latest")
    private String after = "";

    /**
     * What differs.
     *
     * @param sameLanes lanes with the same digest
     * @param properties those that changed, "before -> after"
     * @param changed items with another row
     * @param meanDistance of their rows, Euclidean
     */
    record Difference(
            String before,
            String after,
            long tickBefore,
            long tickAfter,
            int sameLanes,
            int lanes,
            Map<String, String> properties,
            long added,
            long removed,
            long changed,
            double meanDistance) {}

    @Override
    public Integer call() throws Exception {
        Difference found = compare(repository.find(before), repository.find(after));
        if (!output.json(found)) {
            System.out.println("ticks " + found.tickBefore() + " to " + found.tickAfter());
            System.out.println("lanes with the same digest: " + found.sameLanes() + " of " + found.lanes());
            found.properties().forEach((key, value) -> System.out.println(key + ": " + value));
            System.out.printf(
                    "items: %,d added, %,d removed, %,d with another row (mean distance %.4f)%n",
                    found.added(), found.removed(), found.changed(), found.meanDistance());
        }
        return 0;
    }

    private Difference compare(Manifest a, Manifest b) throws Exception {
        int lanes = 0;
        for (int lane = 0; lane < a.digests().size() && lane < b.digests().size(); lane++) {
            lanes += a.digests().get(lane).equals(b.digests().get(lane)) ? 1 : 0;
        }
        Map<String, String> properties = new TreeMap<>();
        b.properties().forEach((key, value) -> {
            if (!value.equals(a.properties().get(key))) {
                properties.put(key, a.properties().get(key) + " -> " + value);
            }
        });
        Map<Long, float[]> rows = rows(a);
        long added = 0;
        long changed = 0;
        double distance = 0;
        for (Map.Entry<Long, float[]> row : rows(b).entrySet()) {
            float[] old = rows.remove(row.getKey());
            if (old == null) {
                added++;
            } else if (!Arrays.equals(old, row.getValue())) {
                changed++;
                distance += distance(old, row.getValue());
            }
        }
        return new Difference(
                a.id(),
                b.id(),
                a.tick(),
                b.tick(),
                lanes,
                a.digests().size(),
                properties,
                added,
                rows.size(),
                changed,
                distance / Math.max(1, changed));
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    private Map<Long, float[]> rows(Manifest manifest) throws Exception {
        try (ScratchDirectory directory = ScratchDirectory.make("freshet-diff-")) {
            repository.open().restore(manifest, directory.path());
            Map<Long, float[]> rows = new TreeMap<>();
            try (RocksStore store = RocksStore.open(directory.path(), manifest.layout(), StoreOptions.learner())) {
                store.forEachRow((RowChange change) ->
                        rows.put(change.row().item(), change.row().embedding()));
            }
            return rows;
        }
    }
}
