#!/usr/bin/env bash
# Makes the moving pictures that the demo and the tests of the tracker play, out of nothing but colours, digits and a tone,
# to which no one else has a right. Needs ffmpeg (Debian: apt-get install ffmpeg fonts-dejavu-core), and only to change
# them: the results are in git.
set -euo pipefail
cd "$(dirname "$0")/.."
font=/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf
run() { ffmpeg -y -hide_banner -loglevel error "$@"; }
# No B-frames: a picture's time is then its place in the file, and a seek lands where it should.
h264=(-c:v libx264 -preset veryslow -bf 0 -pix_fmt yuv420p -c:a aac -ac 1 -fflags +bitexact -flags +bitexact)

demo=src/tracker/demo
words() { echo "drawtext=fontfile=$font:fontcolor=white:x=(w-tw)/2:$1"; }
run -f lavfi -i "gradients=s=480x270:r=20:c0=0x1b2a6b:c1=0x3451c6:c2=0x0f5f36:n=3:speed=0.02:d=24" \
  -f lavfi -i "sine=frequency=220:duration=24" -af "volume=0.05" \
  -vf "$(words "y=(h-th)/2-20:fontsize=90:text='%{eif\:t\:d}'"),$(words "y=h-55:fontsize=24:text='Chapter one':enable='lt(t,12)'"),$(words "y=h-55:fontsize=24:text='Chapter two':enable='gte(t,12)'")" \
  "${h264[@]}" -crf 31 -g 40 -b:a 24k -movflags +faststart "$demo/clip.mp4"
run -f lavfi -i "color=c=0x6b4a00:s=480x270:r=20:d=5" -f lavfi -i "sine=frequency=330:duration=5" -af "volume=0.05" \
  -vf "$(words "y=(h-th)/2:fontsize=40:text='An ad\: %{eif\:5-t\:d}'")" \
  "${h264[@]}" -crf 31 -g 40 -b:a 24k -movflags +faststart "$demo/ad.mp4"

# Without sound: a machine that has no sound card then plays them by its clock alone.
tests=test/tracker/media
for rate in 40 110; do
  run -f lavfi -i "testsrc2=s=160x90:r=10:d=8" "${h264[@]}" -b:v "${rate}k" -maxrate "${rate}k" \
    -bufsize "${rate}k" -g 10 -keyint_min 10 -sc_threshold 0 -f hls -hls_time 1 -hls_playlist_type vod \
    -hls_segment_type fmp4 -hls_fmp4_init_filename "init-$rate.mp4" -hls_segment_filename "$tests/$rate-%d.m4s" \
    "$tests/$rate.m3u8"
done
run -f lavfi -i "testsrc2=s=160x90:r=10:d=8" "${h264[@]}" -b:v 70k -maxrate 70k -bufsize 40k -g 5 \
  -movflags +faststart "$tests/clip.mp4"
cat > "$tests/master.m3u8" <<'M3U8'
#EXTM3U
#EXT-X-VERSION:7
#EXT-X-STREAM-INF:BANDWIDTH=60000,RESOLUTION=160x90,CODECS="avc1.64000c"
40.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=140000,RESOLUTION=160x90,CODECS="avc1.64000c"
110.m3u8
M3U8

# For other players: long enough for every speed, two songs, and the pictures of above as DASH.
clients=test/clients/media
run -f lavfi -i "testsrc2=s=64x36:r=4:d=60" "${h264[@]}" -crf 45 -g 4 -movflags +faststart "$clients/long.mp4"
for song in 1 2; do
  run -f lavfi -i "sine=frequency=${song}10:duration=3" -af "volume=0.05" -c:a aac -ac 1 -b:a 16k \
    -fflags +bitexact -flags +bitexact -movflags +faststart "$clients/song-$song.m4a"
done
representation() {
  echo "<Representation id=\"$1\" bandwidth=\"$2\" width=\"160\" height=\"90\" codecs=\"avc1.64000c\"><SegmentTemplate" \
    "initialization=\"init-$1.mp4\" media=\"$1-\$Number\$.m4s\" startNumber=\"0\" duration=\"1\"/></Representation>"
}
cat > "$clients/manifest.mpd" <<MPD
<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT8S" minBufferTime="PT1S"
  profiles="urn:mpeg:dash:profile:isoff-live:2011">
  <Period><AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
    $(representation 40 60000)
    $(representation 110 140000)
  </AdaptationSet></Period>
</MPD>
MPD
