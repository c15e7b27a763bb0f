export PYTHONUNBUFFERED=1
nvcc -O2 -arch=sm_90 -o /tmp/lg2 .attn-probe/lg2.cu && /tmp/lg2 /tmp/lg2.bin && (xz -T16 -3 -k -c /tmp/lg2.bin > $OUT/lg2_1_1024.xz; ls -la $OUT) &
timeout 100 python3 .attn-probe/p1.py 2>&1
timeout 100 ncu -k regex:'fmha|flash|sdpa|fort|cudnn' -c 8 --section SourceCounters --section LaunchStats -f -o /tmp/rep python3 .attn-probe/once.py flash efficient cudnn 2>&1 | tail -15
timeout 60 ncu -i /tmp/rep.ncu-rep --page source --csv --print-source sass > /tmp/sass.csv 2>/tmp/err || timeout 60 ncu -i /tmp/rep.ncu-rep --page source --csv > /tmp/sass.csv
head -c 300 /tmp/err; ls -la /tmp/sass.csv; gzip -c /tmp/sass.csv > $OUT/sass.csv.gz
ncu -i /tmp/rep.ncu-rep --page details 2>/dev/null | grep -E '^\s+[a-zA-Z].*\(|Registers|Grid Size|Block Size' | cut -c1-400
wait
