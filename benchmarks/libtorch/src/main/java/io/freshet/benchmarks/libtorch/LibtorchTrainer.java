package io.freshet.benchmarks.libtorch;

import io.freshet.benchmarks.SequenceTrainer;
import io.freshet.benchmarks.TrainingWorkload;
import io.freshet.evaluate.TrainingValues;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The model in libtorch's eager mode with autograd and Adam, on the CPU: one fused projection, one {@code baddbmm} for
 * scores with bias and mask (the mask as -1e4 in the bias, where SiLU and its slope are 0), strided views rather than
 * copies. Sequences have equal lengths, so nothing is padded; all index tensors are made once, outside of the clock.
 */
final class LibtorchTrainer implements SequenceTrainer {
    private static final double ROOT_FLOOR = 1e-6;

    private final TrainingWorkload workload;
    private final ModelConfig config;
    private final PeerIndices indices;
    private final TensorVector parameters = new TensorVector();
    private final Tensor items;
    private final Tensor tokens;
    private final List<Layer> layers = new ArrayList<>();
    private final Adam adam;
    private final SplittableRandom random = new SplittableRandom(5);

    private record Layer(
            Tensor gamma,
            Tensor beta,
            Tensor projection,
            Tensor projectionBias,
            Tensor position,
            Tensor time,
            Tensor gateGamma,
            Tensor gateBeta,
            Tensor output,
            Tensor outputBias) {}

    /** Starts from the engine's initial weights. */
    LibtorchTrainer(TrainingWorkload workload, TrainingValues.Weights weights, int threads) {
        this.workload = workload;
        config = workload.model();
        torch.set_num_threads(threads);
        indices = new PeerIndices(workload);
        Cursor cursor = new Cursor(weights.dense());
        int d = config.width();
        int a = config.attentionWidth();
        boolean affine = config.beginToken();
        items = learned(new Cursor(weights.rows()).next(workload.items(), d));
        tokens = learned(cursor.next(indices.tokenRows(), d));
        cursor.skip(LogitBiases.COUNT);
        for (int l = 0; l < config.layers(); l++) {
            layers.add(new Layer(
                    keep(cursor.next(d), affine),
                    keep(cursor.next(d), affine),
                    learned(cursor.next(d, 4L * a)),
                    keep(cursor.next(4L * a), affine),
                    learned(cursor.next(config.heads(), config.window())),
                    learned(cursor.next(config.heads(), config.timeBuckets())),
                    keep(cursor.next(a), affine),
                    keep(cursor.next(a), affine),
                    learned(cursor.next(a, d)),
                    learned(cursor.next(d))));
        }
        AdamOptions options = new AdamOptions(1e-3);
        options.betas().put(0, 0.9).put(1, 0.98);
        adam = new Adam(parameters, options);
    }

    private Tensor learned(Tensor values) {
        Tensor tensor = values.set_requires_grad(true);
        parameters.push_back(tensor);
        return tensor;
    }

    private Tensor keep(Tensor values, boolean learned) {
        return learned ? learned(values) : values;
    }

    /** Reads the engine's block of dense values in its order. */
    private static final class Cursor {
        private final float[] values;
        private int at;

        Cursor(float[] values) {
            this.values = values;
        }

        void skip(int count) {
            at += count;
        }

        Tensor next(long... shape) {
            int count = 1;
            for (long extent : shape) {
                count *= (int) extent;
            }
            float[] slice = Arrays.copyOfRange(values, at, at + count);
            at += count;
            return torch.from_blob(
                            new FloatPointer(slice), shape, new TensorOptions(ScalarType.Float))
                    .clone();
        }
    }

    @Override
    public String name() {
        return "libtorch (OpenBLAS)";
    }

    @Override
    public double step() {
        try (PointerScope scope = new PointerScope()) {
            Tensor y = queries(forward(indices.all(), workload.sequences()));
            Tensor loss = workload.negatives() == 0 ? fullLoss(y) : sampledLoss(y);
            loss.backward();
            adam.step();
            adam.zero_grad();
            return loss.item_float();
        }
    }

    @Override
    public float encode() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard off = new NoGradGuard()) {
            Tensor x = forward(indices.first(), 1);
            Tensor y = queries(x.narrow(0, indices.rows() - 1, 1));
            return y.contiguous().data_ptr_float().get(0);
        }
    }

    private static Tensor normalized(Tensor x) {
        Tensor norm = torch.linalg_vector_norm(
                x, new Scalar(2.0), new long[] {1}, true, new ScalarTypeOptional());
        return x.div(norm.clamp_min(new Scalar(ROOT_FLOOR)));
    }

    private Tensor queries(Tensor x) {
        return normalized(x);
    }

    private Tensor fullLoss(Tensor y) {
        Tensor logits = torch.mm(y, normalized(items).t()).mul(new Scalar(1 / config.temperature()));
        return torch.cross_entropy_loss(logits, indices.targets());
    }

    private Tensor sampledLoss(Tensor y) {
        int positions = workload.positions();
        int c = 1 + workload.negatives();
        long[] candidates = new long[positions * c];
        for (int i = 0; i < positions; i++) {
            candidates[i * c] = indices.target(i);
            for (int j = 1; j < c; j++) {
                candidates[i * c + j] = random.nextInt(workload.items());
            }
        }
        Tensor index = PeerIndices.longs(candidates, positions, c);
        Tensor rows = torch.embedding(normalized(items), index);
        Tensor logits = torch.bmm(rows, y.unsqueeze(2)).squeeze(2).mul(new Scalar(1 / config.temperature()));
        Tensor collides = index.eq(index.narrow(1, 0, 1));
        Tensor keepFirst = collides.mul(indices.notFirst());
        Tensor masked = logits.masked_fill(keepFirst, new Scalar(-1e9));
        return torch.log_softmax(masked, 1).select(1, 0).mean().neg();
    }

    private Tensor forward(PeerIndices.Batch batch, long b) {
        long n = indices.rows();
        long h = config.heads();
        long d = config.headDim();
        long a = config.attentionWidth();
        Tensor x = torch.embedding(items, batch.items())
                .mul(batch.itemFactors())
                .add(torch.embedding(tokens, batch.tokens()));
        if (batch.hours() != null) {
            x = x.add(torch.embedding(tokens, batch.hours()));
        }
        Scalar scoreScale = new Scalar(config.beginToken() ? 1 / Math.sqrt(d) : 1.0);
        for (Layer layer : layers) {
            Tensor xn = norm(x, config.width(), layer.gamma, layer.beta);
            Tensor p = torch.silu(torch.addmm(layer.projectionBias, xn, layer.projection));
            TensorVector parts = p.split(a, 1);
            Tensor bias = layer.time
                    .index_select(1, batch.buckets())
                    .view(h, b, n, n)
                    .add(layer.position.index_select(1, indices.distances()).view(h, 1, n, n))
                    .add(indices.mask())
                    .view(h * b, n, n);
            Tensor v = heads(parts.get(1), b, n, h, d);
            Tensor q = heads(parts.get(2), b, n, h, d);
            Tensor k = heads(parts.get(3), b, n, h, d);
            Tensor scores = torch.baddbmm(bias, q, k.transpose(1, 2), new Scalar(1.0), scoreScale);
            Tensor attention = torch.silu(scores).mul(indices.rowScales());
            Tensor o =
                    torch.bmm(attention, v).view(h, b, n, d).permute(1, 2, 0, 3).reshape(b * n, a);
            Tensor g = norm(o, a, layer.gateGamma, layer.gateBeta).mul(parts.get(0));
            x = torch.addmm(layer.outputBias, g, layer.output).add(x);
        }
        return x;
    }

    private static Tensor norm(Tensor x, long width, Tensor gamma, Tensor beta) {
        return torch.layer_norm(
                x, new long[] {width}, new TensorOptional(gamma), new TensorOptional(beta), 1e-6, false);
    }

    /** {@code [B n, H d]} as {@code [H B, n, d]}. */
    private static Tensor heads(Tensor part, long b, long n, long h, long d) {
        return h == 1
                ? part.view(b, n, d)
                : part.view(b, n, h, d).permute(2, 0, 1, 3).reshape(h * b, n, d);
    }

    @Override
    public void close() {
        adam.close();
    }
}
