#!/usr/bin/env bash
# Does a first run on somebody's hourly CSV beat the naive forecasts?  run.sh ETTh1.csv
set -euo pipefail
folder=$(mktemp -d)
head -1 "$1" > "$folder/ett.csv"
tail -2000 "$1" >> "$folder/ett.csv"
hybridts backtest "$folder/ett.csv" --target OT --models LSTM,CNN-LSTM-XGBoost,Auto-SARIMA --horizon 24 --windows 10 \
    --out "${2:-$folder/run}"
