// crossbar.v - joins the streams of N slots and the host: whole packets from
// every source to every sink, so that functions follow each other on the fabric
// without the host between them.  1 beat/clk on each path that has its sink to
// itself; latency 1 clk, from the host 2 clk, after a change of turns 1 clk more.
//
//   s_axis_host -> skid -+--------------+      one arbiter and skid a sink
//   s_axis_slot 0 -------+-> want, mux -+-> arbiter -> skid -> m_axis_slot 0
//   s_axis_slot 1 -------+              +-> arbiter -> skid -> m_axis_slot 1
//                 ...                   +-> arbiter -> skid -> m_axis_host
//
// A destination is the number of a slot; N and above are the host, so that no
// number leads nowhere.  The host gives one with each packet (tdest, constant
// over it), a slot has that of 'next'.  A slot's route changes only while no
// packet is on its way out of that slot: the host waits for its packets first.
// To the host goes the number of the slot that a packet came out of (tid).
//
// Slots end at skids, too: what leaves a slot is a register, and what a slot
// hears of the others is one.  So no combinational path runs between slots.
//
// A packet from slot to slot loses its out port (tuser[15:8]): the next function
// chooses afresh, as it does behind a link of a chain in software.
`default_nettype none
module crossbar #(
    parameter W = 64,                   // stream width in bits: 32, 64, 256
    parameter N = 8                     // slots, 2..8
`ifdef FORMAL
    ,
    parameter [1:0] FROM = 0,           // the path that is watched: source ...
    parameter [1:0] TO   = 1            // ... and sink
`endif
) (
    input  wire             clk,
    input  wire             rst,
    // where the packets of slot k go: [k*4 +: 4]
    input  wire [N*4-1:0]   next,
    // from the host
    input  wire [W-1:0]     s_axis_host_tdata,
    input  wire [W/8-1:0]   s_axis_host_tkeep,
    input  wire [47:0]      s_axis_host_tuser,
    input  wire             s_axis_host_tlast,
    input  wire [3:0]       s_axis_host_tdest,
    input  wire             s_axis_host_tvalid,
    output wire             s_axis_host_tready,
    // out of the slots: of slot k at [k * width +: width]
    input  wire [N*W-1:0]   s_axis_slot_tdata,
    input  wire [N*W/8-1:0] s_axis_slot_tkeep,
    input  wire [N*48-1:0]  s_axis_slot_tuser,
    input  wire [N-1:0]     s_axis_slot_tlast,
    input  wire [N-1:0]     s_axis_slot_tvalid,
    output wire [N-1:0]     s_axis_slot_tready,
    // into the slots
    output wire [N*W-1:0]   m_axis_slot_tdata,
    output wire [N*W/8-1:0] m_axis_slot_tkeep,
    output wire [N*48-1:0]  m_axis_slot_tuser,
    output wire [N-1:0]     m_axis_slot_tlast,
    output wire [N-1:0]     m_axis_slot_tvalid,
    input  wire [N-1:0]     m_axis_slot_tready,
    // to the host
    output wire [W-1:0]     m_axis_host_tdata,
    output wire [W/8-1:0]   m_axis_host_tkeep,
    output wire [47:0]      m_axis_host_tuser,
    output wire             m_axis_host_tlast,
    output wire [3:0]       m_axis_host_tid,
    output wire             m_axis_host_tvalid,
    input  wire             m_axis_host_tready,
    // nothing inside
    output wire             idle
);
    localparam M    = N + 1;            // sources, sinks: the slots, then the host
    localparam BEAT = W + W/8 + 48;     // tuser, tkeep, tdata
    localparam ID   = $clog2(M);
    localparam [3:0] HOST = N[3:0];     // the least number that is the host's

`ifdef FORMAL
    wire [BEAT+4:0]       f_host_skid;
    wire [M*(BEAT+1)-1:0] f_beat_1;     // of each sink: the second beat held ...
    wire [M-1:0]          f_full;       // ... if it holds two
    wire [ID-1:0]         f_id_1;       // ... and for the host, where it is from
    wire [M-1:0]          f_mid;        // the next to come goes on with a packet
    wire [M*ID-1:0]       f_id;         // ... of this source
`endif

    // --- sources -------------------------------------------------------------
    wire [BEAT-1:0]   host_beat;
    wire [3:0]        host_dest;
    wire              host_last, host_valid, host_empty;
    wire [M*BEAT-1:0] to_host;          // beats as the host is to see them
    wire [M*BEAT-1:0] to_slot;          // ... and as a slot is
    wire [M*4-1:0]    dest  = {host_dest, next};
    wire [M-1:0]      last  = {host_last, s_axis_slot_tlast};
    wire [M-1:0]      valid = {host_valid, s_axis_slot_tvalid};
    wire [M-1:0]      ready;

    axis_skid #(.W (BEAT + 5)) host_skid (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  ({s_axis_host_tdest, s_axis_host_tlast, s_axis_host_tuser,
                         s_axis_host_tkeep, s_axis_host_tdata}),
        .s_axis_tvalid (s_axis_host_tvalid),
        .s_axis_tready (s_axis_host_tready),
        .m_axis_tdata  ({host_dest, host_last, host_beat}),
        .m_axis_tvalid (host_valid),
        .m_axis_tready (ready[N]),
        .empty         (host_empty)
`ifdef FORMAL
        ,
        .f_skid        (f_host_skid)
`endif
    );

    assign to_host[N*BEAT +: BEAT] = host_beat;
    assign to_slot[N*BEAT +: BEAT] = host_beat;
    assign s_axis_slot_tready      = ready[N-1:0];

    genvar s, d;
    generate
        for (s = 0; s < N; s = s + 1) begin : source
            wire [47:0] tuser = s_axis_slot_tuser[s*48 +: 48];
            wire [W+W/8-1:0] bytes = {s_axis_slot_tkeep[s*W/8 +: W/8],
                                      s_axis_slot_tdata[s*W +: W]};
            assign to_host[s*BEAT +: BEAT] = {tuser, bytes};
            assign to_slot[s*BEAT +: BEAT] = {tuser[47:16], 8'd0, tuser[7:0], bytes};
        end
    endgenerate

    // --- sinks ---------------------------------------------------------------
    wire [M*M-1:0] chosen;              // [d*M + s]: source s is for sink d
    wire [M*M-1:0] granted;             // ... and may move a beat
    wire [M-1:0]   empty;

    generate
        for (d = 0; d < M; d = d + 1) begin : sink
            wire [BEAT-1:0] beat;
            wire            beat_last, beat_valid, beat_ready;
            wire [ID-1:0]   beat_id;
            wire [M-1:0]    is_mine;

            for (s = 0; s < M; s = s + 1) begin : choice
                assign is_mine[s] = d == N ? dest[s*4 +: 4] >= HOST
                                           : dest[s*4 +: 4] == d;
            end

            axis_arbiter #(.N (M), .W (BEAT)) arbiter (
                .clk           (clk),
                .rst           (rst),
                .s_axis_tdata  (d == N ? to_host : to_slot),
                .s_axis_tlast  (last),
                .s_axis_tvalid (valid & is_mine),
                .s_axis_tready (granted[d*M +: M]),
                .m_axis_tdata  (beat),
                .m_axis_tlast  (beat_last),
                .m_axis_tvalid (beat_valid),
                .m_axis_tready (beat_ready),
                .m_axis_tid    (beat_id)
`ifdef FORMAL
                ,
                .f_mid         (f_mid[d])
`endif
            );
            assign chosen[d*M +: M] = granted[d*M +: M] & is_mine;

`ifdef FORMAL
            assign f_id[d*ID +: ID] = beat_id;
            assign f_full[d]        = !beat_ready;
`endif
            if (d == N) begin : host
                wire [ID-1:0] id;
                axis_skid #(.W (BEAT + 1 + ID)) skid (
                    .clk           (clk),
                    .rst           (rst),
                    .s_axis_tdata  ({beat_id, beat_last, beat}),
                    .s_axis_tvalid (beat_valid),
                    .s_axis_tready (beat_ready),
                    .m_axis_tdata  ({id, m_axis_host_tlast, m_axis_host_tuser,
                                     m_axis_host_tkeep, m_axis_host_tdata}),
                    .m_axis_tvalid (m_axis_host_tvalid),
                    .m_axis_tready (m_axis_host_tready),
                    .empty         (empty[d])
`ifdef FORMAL
                    ,
                    .f_skid        ({f_id_1, f_beat_1[d*(BEAT+1) +: BEAT+1]})
`endif
                );
                assign m_axis_host_tid = {{(4-ID){1'b0}}, id};
            end else begin : slot
                wire unused = &{1'b0, beat_id};
                axis_skid #(.W (BEAT + 1)) skid (
                    .clk           (clk),
                    .rst           (rst),
                    .s_axis_tdata  ({beat_last, beat}),
                    .s_axis_tvalid (beat_valid),
                    .s_axis_tready (beat_ready),
                    .m_axis_tdata  ({m_axis_slot_tlast[d], m_axis_slot_tuser[d*48 +: 48],
                                     m_axis_slot_tkeep[d*W/8 +: W/8],
                                     m_axis_slot_tdata[d*W +: W]}),
                    .m_axis_tvalid (m_axis_slot_tvalid[d]),
                    .m_axis_tready (m_axis_slot_tready[d]),
                    .empty         (empty[d])
`ifdef FORMAL
                    ,
                    .f_skid        (f_beat_1[d*(BEAT+1) +: BEAT+1])
`endif
                );
            end
        end
        for (s = 0; s < M; s = s + 1) begin : back
            wire [M-1:0] sinks;
            for (d = 0; d < M; d = d + 1) begin : of
                assign sinks[d] = chosen[d*M + s];
            end
            assign ready[s] = |sinks;
        end
    endgenerate

    assign idle = host_empty && empty == {M{1'b1}};

`ifdef FORMAL
    // Inputs keep the stream rules, routes stand, and the two low bits of tdata
    // name the source.  Then from source FROM to sink TO: what leaves is what came,
    // in order (a watched beat and counts of beats); and for the sink: a packet's
    // beats follow each other, the host's tid is right, the rules hold.  That
    // nobody starves is the arbiter's own claim, proved here once more.
    wire [3:0] watch = $anyconst;

    // What may enter the watched path now.
    wire [BEAT:0] in_host = {s_axis_host_tlast, s_axis_host_tuser, s_axis_host_tkeep,
                             s_axis_host_tdata};
    wire [M*(BEAT+1)-1:0] in_all;
    wire [M*(BEAT+1)-1:0] out_all;
    wire [M-1:0] in_valid  = {s_axis_host_tvalid, s_axis_slot_tvalid};
    wire [M-1:0] in_ready  = {s_axis_host_tready, s_axis_slot_tready};
    wire [M*4-1:0] in_dest = {s_axis_host_tdest, next};
    wire [M-1:0] out_valid = {m_axis_host_tvalid, m_axis_slot_tvalid};
    wire [M-1:0] out_ready = {m_axis_host_tready, m_axis_slot_tready};
    assign in_all[N*(BEAT+1) +: BEAT+1]  = in_host;
    assign out_all[N*(BEAT+1) +: BEAT+1] = {m_axis_host_tlast, m_axis_host_tuser,
                                            m_axis_host_tkeep, m_axis_host_tdata};
    generate
        for (s = 0; s < N; s = s + 1) begin : f_ends
            assign in_all[s*(BEAT+1) +: BEAT+1] = {s_axis_slot_tlast[s],
                s_axis_slot_tuser[s*48 +: 48], s_axis_slot_tkeep[s*W/8 +: W/8],
                s_axis_slot_tdata[s*W +: W]};
            assign out_all[s*(BEAT+1) +: BEAT+1] = {m_axis_slot_tlast[s],
                m_axis_slot_tuser[s*48 +: 48], m_axis_slot_tkeep[s*W/8 +: W/8],
                m_axis_slot_tdata[s*W +: W]};
        end
    endgenerate

    function is_for(input [3:0] number, input [1:0] sink);
        is_for = sink == N ? number >= N : number == sink;
    endfunction

    // A beat as the watched path is to deliver it.
    function [BEAT:0] as_sent(input [BEAT:0] beat);
        begin
            as_sent = beat;
            if (FROM != N && TO != N)
                as_sent[W + W/8 + 8 +: 8] = 8'd0;
        end
    endfunction

    reg          past_q = 1'b0;
    reg  [3:0]   n_in_q = 4'd0;
    reg  [3:0]   n_out_q = 4'd0;
    reg [BEAT:0] watched_q;
    reg          mid_q = 1'b0;          // the sink's output is within a packet ...
    reg  [1:0]   mid_from_q;            // ... of this source
    reg  [M-1:0] in_mid_q = {M{1'b0}};
    reg  [3:0]   in_dest_q;             // of the host's packet that has begun
    wire [BEAT:0] into = in_all[FROM*(BEAT+1) +: BEAT+1];
    wire [BEAT:0] held [0:3];           // oldest first: the sink's, the host's
    wire [3:0]    is_held;
    wire [3:0]    is_ours;
    assign held[0] = out_all[TO*(BEAT+1) +: BEAT+1];
    assign held[1] = f_beat_1[TO*(BEAT+1) +: BEAT+1];
    assign held[2] = {host_last, host_beat};
    assign held[3] = f_host_skid[BEAT:0];
    assign is_held = {!s_axis_host_tready, host_valid, f_full[TO], out_valid[TO]};
    assign is_ours = {
        is_held[3] && FROM == N && is_for(f_host_skid[BEAT+4 -: 4], TO),
        is_held[2] && FROM == N && is_for(host_dest, TO),
        is_held[1] && held[1][1:0] == FROM,
        is_held[0] && held[0][1:0] == FROM};

    integer   k;
    reg [3:0] count;                    // of the beat looked at
    reg       within;                   // ... and whether a packet goes on with it
    reg [1:0] of;

    always @* begin
        count = n_out_q;
        for (k = 0; k < 4; k = k + 1)
            count = count + {3'd0, is_ours[k]};
        within = mid_q;
        of     = mid_from_q;
        for (k = 0; k < 2; k = k + 1)
            if (is_held[k]) begin
                within = !held[k][BEAT];
                of     = held[k][1:0];
            end
    end

    wire [3:0] at_1 = n_out_q + {3'd0, is_ours[0]};
    wire [3:0] at_2 = at_1 + {3'd0, is_ours[1]};
    wire [3:0] at_3 = at_2 + {3'd0, is_ours[2]};

    always @(posedge clk) begin
        past_q <= 1'b1;
        if (in_valid[FROM] && in_ready[FROM] && is_for(in_dest[FROM*4 +: 4], TO)) begin
            n_in_q <= n_in_q + 4'd1;
            if (n_in_q == watch)
                watched_q <= as_sent(into);
        end
        if (out_valid[TO] && out_ready[TO]) begin
            n_out_q    <= n_out_q + {3'd0, is_ours[0]};
            mid_q      <= !held[0][BEAT];
            mid_from_q <= held[0][1:0];
        end
        for (k = 0; k < M; k = k + 1)
            if (in_valid[k] && in_ready[k])
                in_mid_q[k] <= !in_all[k*(BEAT+1) + BEAT];
        if (s_axis_host_tvalid && s_axis_host_tready)
            in_dest_q <= s_axis_host_tdest;
        if (rst) begin
            n_in_q   <= 4'd0;
            n_out_q  <= 4'd0;
            mid_q    <= 1'b0;
            in_mid_q <= {M{1'b0}};
        end
        if (!past_q)
            assume (rst);
        for (k = 0; k < M; k = k + 1)
            assume (in_all[k*(BEAT+1) +: 2] == k);
        if (in_mid_q[N] && s_axis_host_tvalid)
            assume (s_axis_host_tdest == in_dest_q);
        if (past_q) begin
            assume (next == $past(next));
            if (!rst && !$past(rst))
                for (k = 0; k < M; k = k + 1)
                    if ($past(in_valid[k] && !in_ready[k])) begin
                        assume (in_valid[k]);
                        assume (in_all[k*(BEAT+1) +: BEAT+1]
                                == $past(in_all[k*(BEAT+1) +: BEAT+1]));
                        assume (k != N || s_axis_host_tdest == $past(s_axis_host_tdest));
                    end
        end
        if (past_q && !rst) begin
            assert (!is_held[1] || is_held[0]);
            assert (!is_held[3] || is_held[2]);
            // The host's beats are its own; a packet of its goes on where it
            // began.
            if (is_held[2])
                assert (held[2][1:0] == N);
            if (is_held[3])
                assert (held[3][1:0] == N);
            if (is_held[2] && is_held[3] && !held[2][BEAT])
                assert (host_dest == f_host_skid[BEAT+4 -: 4]);
            if (is_held[2])
                assert (in_mid_q[N] == !(is_held[3] ? held[3][BEAT] : held[2][BEAT]));
            if (is_held[2] && in_mid_q[N])
                assert (in_dest_q == (is_held[3] ? f_host_skid[BEAT+4 -: 4] : host_dest));
            // Nothing lost, repeated, reordered or changed.
            assert (count == n_in_q);
            if (is_ours[0] && n_out_q == watch)
                assert (held[0] == watched_q);
            if (is_ours[1] && at_1 == watch)
                assert (held[1] == watched_q);
            if (is_ours[2] && at_2 == watch)
                assert (held[2] == watched_q);
            if (is_ours[3] && at_3 == watch)
                assert (held[3] == watched_q);
            // Packets do not mix.
            if (is_held[0] && mid_q)
                assert (held[0][1:0] == mid_from_q);
            if (is_held[1] && !held[0][BEAT])
                assert (held[1][1:0] == held[0][1:0]);
            assert (within == f_mid[TO]);
            if (within)
                assert (of == f_id[TO*ID +: ID]);
            // The host is told the truth.
            if (m_axis_host_tvalid)
                assert (m_axis_host_tid == m_axis_host_tdata[1:0]);
            if (f_full[N])
                assert (f_id_1 == f_beat_1[N*(BEAT+1) +: 2]);
            assert (!f_full[N] || m_axis_host_tvalid);
            assert (idle == (is_held[3:2] == 2'd0 && out_valid == 0 && f_full == 0)
                    || (f_full & ~out_valid) != 0);
        end
        if (past_q && !rst && !$past(rst))
            for (k = 0; k < M; k = k + 1)
                if ($past(out_valid[k] && !out_ready[k])) begin
                    assert (out_valid[k]);
                    assert (out_all[k*(BEAT+1) +: BEAT+1]
                            == $past(out_all[k*(BEAT+1) +: BEAT+1]));
                    assert (k != N || m_axis_host_tid == $past(m_axis_host_tid));
                end
    end
`endif
endmodule
`default_nettype wire
