/** Other languages of the built-in text, several scripts among them. */
export const LANGUAGES = `Am Abend, als der Regen aufgehört hatte, stellte der Bäcker die Bleche vor die Tür, damit sie abtropfen konnten. Die
Nachbarin fragte, ob morgen wieder Mohnbrötchen zu haben seien. „Wenn der Mohn kommt“, sagte er, „und der Mohn kommt, wenn
die Straße über den Pass frei ist.“ So hing das Frühstück eines ganzen Viertels an einem Schneepflug, den keiner je gesehen hatte.

Le train de nuit s’arrête vingt minutes à la frontière, et personne ne sait plus pourquoi. Autrefois on y vérifiait les
passeports ; aujourd’hui, le conducteur descend, fume une cigarette, regarde les étoiles et remonte. « C’est dans
l’horaire », dit-il quand on l’interroge. Un été, la direction a supprimé l’arrêt : le train arrivait vingt minutes trop tôt,
et il fallait attendre à l’entrée de la gare, dans un tunnel.

Mi abuela contaba los pasos hasta el pozo: ciento doce a la ida, ciento trece a la vuelta. De niño pensé que se equivocaba.
Después comprendí que a la vuelta llevaba el cubo lleno y daba los pasos un poco más cortos. ¿Quién necesita una balanza
cuando tiene dos piernas? Hoy el pozo está seco, pero todavía cuento.

Il falegname non butta via nulla: con gli scarti delle porte fa le sedie, con gli scarti delle sedie fa i cucchiai, e con la
segatura accende la stufa. Solo i chiodi storti li regala, perché, dice, a qualcuno serviranno pure.

De molen draait alleen als het waait, en het waait niet op bestelling. Daarom staat er een bordje aan de weg: blauw betekent
meel, rood betekent geduld. Toeristen maken foto’s van het blauwe bordje; de bakker kijkt naar de wolken.

A velha ponte de madeira rangia de maneira diferente para cada pessoa. O cego da aldeia dizia o nome de quem passava antes
de ouvir a voz, e raramente errava. Quando construíram a ponte de betão, perguntaram-lhe se estava contente. «É mais segura»,
respondeu, «mas agora toda a gente é a mesma.»

Каждое утро дворник рисует метлой на снегу одну и ту же волну, от ворот до третьего окна. Жильцы спешат на работу и волну
не замечают. Но однажды он заболел, и все, кто выходил из дома, останавливались: чего-то не хватало, а чего, никто не мог сказать.

Pociąg do gór odjeżdża z piątego peronu, chyba że jest niedziela; wtedy z drugiego. Kto o tym nie wie, ten zwiedza dworzec.

Köprünün altındaki çaycı, müşterilerinin adını değil, şekerlerini bilir: iki şekerli geldi mi, üç şekerli nerede kaldı?

Tóc bà đã bạc, nhưng tay bà vẫn nhanh. Bà đan một chiếc rổ trong một giờ, rồi tháo ra nếu thấy một nan lệch.

春になると、川の向こうの学校から笛の音が聞こえてくる。上手ではない。毎年ちがう子が吹くので、毎年おなじところでつまずく。
祖父はそれを聞いて畑に出る日を決めていた。「あの間違いが聞こえたら、もう霜は来ない」と言って笑った。

老木匠做椅子从来不用钉子。别人问他为什么，他说：“木头会动，钉子不会动，两个脾气不同的人住在一间屋子里，迟早要吵架。”
他做的第一把椅子还在村口的茶馆里，坐过的人都说，比新的稳。

가을이 되면 할머니는 감을 깎아 처마 밑에 매달았다. 까치 몫으로 세 개, 손님 몫으로 다섯 개, 나머지는 겨울 몫이었다.

كان الساعي يعرف كل باب في الحي من صوته قبل لونه. هذا الباب يئن، وذاك يضحك، وباب المدرسة لا يقول شيئا في العطلة.

סבא שלי תיקן שעונים ליד החלון הצפוני, כי שם, אמר, האור לא משקר. כל שעון שתיקן פיגר בדקה אחת, בכוונה: שיהיה זמן לחזור.

गाँव के कुएँ पर एक घंटी टँगी थी। जो भी पानी भरता, उसे एक बार बजाता, ताकि दूसरे जान लें कि पानी अब भी मीठा है।

Ο ψαράς μετρούσε τα δίχτυα του δύο φορές: μία όταν έφευγε και μία όταν γύριζε. Τη θάλασσα δεν τη μέτρησε ποτέ.

ในตลาดเช้า แม่ค้าขายมะม่วงวางลูกที่หวานที่สุดไว้ข้างหลัง แล้วถามก่อนว่าจะกินวันนี้หรือพรุ่งนี้
`;
