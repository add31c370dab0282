package io.freshet.cli.evaluate;

import io.freshet.evaluate.epochs.EpochEvaluation.Outcome;
import io.freshet.evaluate.epochs.EpochEvaluation.Validation;
import io.freshet.model.Architecture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Validation HR@10 by epoch, one line per model and seed. */
final class LearningCurve {
    private LearningCurve() {}

    static void write(Path file, Map<Architecture, List<Outcome>> outcomes) throws IOException {
        LineChart chart = new LineChart("HR@10 on the validation items", "epoch");
        for (Map.Entry<Architecture, List<Outcome>> entry : outcomes.entrySet()) {
            for (Outcome run : entry.getValue()) {
                LineChart.Line line = chart.line(entry.getKey().name());
                for (Validation v : run.curve()) {
                    line.point(v.epoch(), v.validation().hitRatio10());
                }
            }
        }
        chart.write(file);
    }
}
