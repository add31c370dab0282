package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A model's shape goes through a snapshot's text unchanged, and one that cannot be is refused by name. */
class ModelConfigTest {
    static List<ModelConfig> presets() {
        return List.of(
                ModelConfig.small(),
                ModelConfig.smallInEpochs(1, -7),
                ModelConfig.small().withActions(ActionRules.EVERY_RATING),
                ModelConfig.research(128, Long.MIN_VALUE),
                ModelConfig.researchLarge(1, 3),
                ModelConfig.smallInEpochs(72, 4));
    }

    @ParameterizedTest
    @MethodSource("presets")
    void whatIsWrittenIsRead(ModelConfig config) {
        assertThat(ModelConfig.fromProperties(config.toProperties())).isEqualTo(config);
    }

    /** Other settings stand in the same text. */
    @ParameterizedTest
    @MethodSource("presets")
    void otherPropertiesAreNotTheModels(ModelConfig config) {
        Map<String, String> properties = new TreeMap<>(config.toProperties());
        properties.put("store.lanes", "8");
        assertThat(ModelConfig.fromProperties(properties)).isEqualTo(config);
    }

    @ParameterizedTest
    @CsvSource({
        "model.width",
        "model.layers",
        "model.heads",
        "model.head-dim",
        "model.window",
        "model.context",
        "model.time-buckets",
        "model.temperature",
        "model.popularity-half-life-ticks",
        "model.recent-half-life-ticks",
        "model.seed"
    })
    void aMissingKeyIsNamed(String key) {
        Map<String, String> properties = new TreeMap<>(ModelConfig.small().toProperties());
        assertThat(properties.remove(key)).as("the value of %s", key).isNotNull();
        assertThatThrownBy(() -> ModelConfig.fromProperties(properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lacks " + key);
    }

    @ParameterizedTest
    @CsvSource({
        "model.width, 0",
        "model.width, 4097",
        "model.layers, 0",
        "model.layers, 65",
        "model.window, 1",
        "model.window, 4097",
        "model.context, 0",
        "model.context, 256",
        "model.time-buckets, 0",
        "model.time-buckets, 257",
        "model.temperature, 0",
        "model.temperature, -1",
        "model.temperature, NaN",
        "model.recent-half-life-ticks, 0",
        "model.popularity-half-life-ticks, NaN"
    })
    void aShapeThatCannotBeIsRefusedWithKeyValueAndWhatIsExpected(String key, String value) {
        Map<String, String> properties = new TreeMap<>(ModelConfig.small().toProperties());
        properties.put(key, value);
        assertThatThrownBy(() -> ModelConfig.fromProperties(properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("expected");
    }

    @ParameterizedTest
    @CsvSource({
        "model.width, 4096",
        "model.layers, 64",
        "model.window, 4096",
        "model.context, 255",
        "model.time-buckets, 256"
    })
    void theLargestOfEveryShapeIsTaken(String key, String value) {
        Map<String, String> properties = new TreeMap<>(ModelConfig.small().toProperties());
        properties.put(key, value);
        assertThatCode(() -> ModelConfig.fromProperties(properties)).doesNotThrowAnyException();
    }

    /** Snapshots from before variants had none written: they are of the streaming one. */
    @Test
    void aTextWithoutAVariantIsOfTheStreamingOne() {
        Map<String, String> properties = new TreeMap<>(ModelConfig.small().toProperties());
        properties.remove("model.variant");
        assertThat(ModelConfig.fromProperties(properties)).isEqualTo(ModelConfig.small());
    }

    /** What every snapshot of the preset records: another number here is another model. */
    @Test
    void theSmallPresetIsPinned() {
        assertThat(ModelConfig.small().toProperties())
                .containsEntry("model.width", "64")
                .containsEntry("model.layers", "4")
                .containsEntry("model.heads", "2")
                .containsEntry("model.head-dim", "32")
                .containsEntry("model.window", "256")
                .containsEntry("model.context", "64")
                .containsEntry("model.time-buckets", "72")
                .containsEntry("model.temperature", "0.4")
                .containsEntry("model.seed", "20170601");
        assertThat(ModelConfig.small().attentionWidth()).isEqualTo(64);
        assertThat(ModelConfig.small().beginToken()).isTrue();
        assertThat(ModelConfig.research(1, 0).beginToken()).isFalse();
    }
}
