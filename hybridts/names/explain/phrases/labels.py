"""Headings and labels of an explanation, in English and Chinese."""

from __future__ import annotations

from hybridts.names.registry import Text

FAMILIES: dict[str, Text] = {
    "statistical": Text("statistical model", "统计模型"),
    "neural": Text("neural network", "神经网络"),
    "learner": Text("machine-learning model", "机器学习模型"),
    "baseline": Text("baseline", "基线"),
    "hybrid": Text("hybrid (a base model and residual corrections)", "混合模型（基础模型加残差修正）"),
    "ensemble": Text("ensemble", "集成"),
}

HEADINGS: dict[str, Text] = {
    "parts": Text("Parts", "组成部分"),
    "structure": Text("Structure", "结构"),
    "fitting": Text("Fitting", "拟合方式"),
    "good": Text("Good at", "擅长"),
    "bad": Text("Bad at", "不擅长"),
    "parameters": Text("Parameter counts", "参数个数"),
    "settings": Text("Settings", "设置"),
    "sources": Text("Sources", "文献来源"),
    "run": Text("Run it", "运行方法"),
}

LABELS: dict[str, Text] = {
    "expression": Text("Expression", "表达式"),
    "family": Text("Family", "类别"),
    "stage": Text("Stage {n}", "阶段 {n}"),
    "member": Text("Member {n}", "成员 {n}"),
    "branch": Text("branch {n}: {name}", "分支 {n}：{name}"),
    "structure": Text("Structure", "结构"),
    "rule": Text("automatic", "自动"),
    "required": Text("required", "必填"),
    "default": Text("{name}={value} (default {default})", "{name}={value}（默认 {default}）"),
    "no settings": Text("none", "无"),
    "unknown settings": Text("not listed by this component", "该组件未列出"),
    "unlisted": Text("A combination outside the published list.", "不在已发表名单中的组合。"),
    "no text": Text("registered without a description", "注册时没有提供说明"),
    "colon": Text(": ", "："),
    "output head": Text("head", "输出头"),
    "output highway": Text("highway", "直通"),
    "output scale": Text("scale", "尺度"),
    "output": Text("forecast = {whole}", "预测 = {whole}"),
    "output later": Text("residual = {whole}", "残差 = {whole}"),
    "network": Text("training of every network", "所有网络的训练"),
    "chain": Text("all stages after the first", "所有后续阶段"),
}

#: Parameter counts of networks.
PARAMETERS: dict[str, Text] = {
    "head": Text("head", "输出头"),
    "head parts": Text(
        "head, from {state} numbers of the last state and {facts} facts beside it to {outputs} outputs: "
        "{parts} = {total}",
        "输出头，由最后状态的 {state} 个数和并列的 {facts} 个数给出 {outputs} 个输出：{parts} = {total}",
    ),
    "linear": Text("linear map {count}", "线性映射 {count}"),
    "hidden": Text("hidden layer of 64 ReLU units {count}", "64 个 ReLU 单元的隐藏层 {count}"),
    "highway": Text(
        "highway, a linear map of the {rows} values of the window {count}", "直通（窗口 {rows} 个值的线性映射）{count}"
    ),
    "example": Text(
        "for a window of {rows} time steps, {channels} channels (no covariates or timestamps) and a horizon of "
        "{horizon}",
        "窗口 {rows} 个时间步、{channels} 个通道（无协变量和时间戳）、预测 {horizon} 步时",
    ),
    "grid example": Text(
        "for a grid of {height} x {width} series, a window of {rows} time steps, {channels} channels per cell "
        "(no covariates or timestamps) and a horizon of {horizon}",
        "{height} × {width} 的序列网格、窗口 {rows} 个时间步、每格 {channels} 个通道"
        "（无协变量和时间戳）、预测 {horizon} 步时",
    ),
    "unknown": Text(
        "not counted: a registered block cannot be built for an example", "未计数：自行注册的块无法用示例构建"
    ),
}


def labelled(label: object, text: str, lang: str) -> str:
    """Return "label: text" with the colon of the language."""
    return f"{label}{LABELS['colon'].get(lang)}{text}"
